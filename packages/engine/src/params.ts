/** @file Parameters are a plain typed tree with tensors as leaves. */
import { dispose, type Tensor } from './tensor.ts'

export type ParamTree = { readonly [key: string]: Tensor | ParamTree | readonly ParamTree[] }

const isTensor = (x: unknown): x is Tensor => typeof x === 'object' && x !== null && 'dataId' in x

/** `[path, tensor]` of every leaf in key order, e.g. `backbone.blocks.0.mlp.up`. */
export function flattenParams(tree: ParamTree): [string, Tensor][] {
  const out: [string, Tensor][] = []
  const visit = (node: unknown, path: string): void => {
    if (isTensor(node)) out.push([path, node])
    else
      for (const [key, child] of Object.entries(node as object))
        visit(child, path === '' ? key : `${path}.${key}`)
  }
  visit(tree, '')
  return out
}

/** The same tree with each leaf replaced by `f(leaf, path)`. */
export function mapParams<T extends ParamTree>(tree: T, f: (leaf: Tensor, path: string) => Tensor): T {
  const visit = (node: unknown, path: string): unknown => {
    if (isTensor(node)) return f(node, path)
    if (Array.isArray(node)) return node.map((child, i) => visit(child, `${path}.${i}`))
    return Object.fromEntries(
      Object.entries(node as object).map(([key, child]) => [
        key,
        visit(child, path === '' ? key : `${path}.${key}`),
      ]),
    )
  }
  return visit(tree, '') as T
}

/** Number of weights under a tree. */
export function countParams(tree: ParamTree): number {
  return flattenParams(tree).reduce((n, [, x]) => n + x.size, 0)
}

/** Weights by the first key of the tree. */
export function parameterGroups(tree: ParamTree): Record<string, number> {
  return Object.fromEntries(
    Object.entries(tree).map(([key, child]) => [key, countParams({ [key]: child } as ParamTree)]),
  )
}

export function disposeParams(tree: ParamTree): void {
  for (const [, x] of flattenParams(tree)) dispose(x)
}
