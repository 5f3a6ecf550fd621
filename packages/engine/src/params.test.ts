import { beforeAll, describe, expect, it } from 'vitest'
import {
  countParams,
  disposeParams,
  flattenParams,
  mapParams,
  memory,
  type ParamTree,
  parameterGroups,
  read,
  scale,
  tensor,
  zeros,
} from './index.ts'
import { startEngine } from './node/index.ts'

beforeAll(async () => {
  await startEngine('cpu')
})

const makeTree = () =>
  ({
    backbone: { blocks: [{ up: zeros([2, 3]) }, { up: tensor([1, 2], [2]) }], taps: zeros([4]) },
    head: { weight: zeros([3, 5]), bias: zeros([5]) },
    gain: tensor([7], [1]),
  }) satisfies ParamTree

describe('parameter trees', () => {
  it('flatten in key order, with the path of each leaf', () => {
    const tree = makeTree()
    expect(flattenParams(tree).map(([path, x]) => [path, x.shape])).toEqual([
      ['backbone.blocks.0.up', [2, 3]],
      ['backbone.blocks.1.up', [2]],
      ['backbone.taps', [4]],
      ['head.weight', [3, 5]],
      ['head.bias', [5]],
      ['gain', [1]],
    ])
    expect(flattenParams(tree)[1][1]).toBe(tree.backbone.blocks[1].up)
    expect(flattenParams({})).toEqual([])
  })

  it('map to a tree of the same structure, visiting the paths of flattenParams', async () => {
    const tree = makeTree()
    const paths: string[] = []
    const doubled = mapParams(tree, (leaf, path) => {
      paths.push(path)
      return scale(leaf, 2)
    })
    expect(paths).toEqual(flattenParams(tree).map(([path]) => path))
    expect(Array.isArray(doubled.backbone.blocks)).toBe(true)
    expect([...(await read(doubled.gain))]).toEqual([14])
    expect([...(await read(tree.gain))]).toEqual([7])
  })

  it('count weights, in all and by the first key', () => {
    const tree = makeTree()
    expect(countParams(tree)).toBe(6 + 2 + 4 + 15 + 5 + 1)
    expect(parameterGroups(tree)).toEqual({ backbone: 12, head: 20, gain: 1 })
    expect(countParams({})).toBe(0)
  })

  it('free every leaf', () => {
    const before = memory().numTensors
    const tree = makeTree()
    expect(memory().numTensors).toBe(before + 6)
    disposeParams(tree)
    expect(memory().numTensors).toBe(before)
  })
})
