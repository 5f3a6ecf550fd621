/** Every experiment of the repository reads, and is found to be whole before an hour of training. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { countParams } from '@trivium/engine'
import { startEngine } from '@trivium/engine/node'
import { plainVocabulary } from '@trivium/language-model'
import { createModel } from '@trivium/models'
import { describe, expect, it } from 'vitest'
import { checkExperiment } from './check.ts'
import { loadConfig } from './config.ts'
import { oraclePoints } from './jobs/oracle.ts'

const folder = fileURLToPath(new URL('../../../configs/', import.meta.url))
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort()

const root = new URL('../../../', import.meta.url)
const pages = (where: string): string[] =>
  readdirSync(new URL(where, root)).flatMap((name) => (name.endsWith('.md') ? [`${where}${name}`] : []))
const readmes = [
  ...pages('./'),
  ...pages('docs/'),
  ...pages('configs/'),
  'checkpoints/README.md',
  'apps/lab/README.md',
]

/** Every `configs/….yaml` that a README or a page of docs names. */
const named = readmes.flatMap((file) =>
  [...readFileSync(new URL(file, root), 'utf8').matchAll(/configs\/([\w/-]+\.yaml)/g)].map(
    ([, path]) => path,
  ),
)

describe('configs', () => {
  it('are all there that a README or docs name', () => {
    expect(named.length).toBeGreaterThan(5)
    expect(files).toEqual(expect.arrayContaining(named))
  })
  it('hold the claims', () => {
    expect(files).toEqual(expect.arrayContaining(['claims/order.yaml', 'claims/planning.yaml']))
  })
  it.each(files)('%s', async (file) => {
    const { config } = loadConfig(`${folder}${file}`)
    expect(config.name).toBe(file.replace(/^.*\/|\.yaml$/g, ''))
    expect(config.description).toBeDefined()
    const { plans } = await checkExperiment(config)
    expect(plans).toHaveLength(config.models.length)
    expect(plans.length + config.references.length + oraclePoints(config, 64).length).toBeGreaterThan(0)
  })

  it('continuous.yaml compares models of as many weights, within 2%', async () => {
    await startEngine('wasm', { blas: 'off' })
    const { plans } = await checkExperiment(loadConfig(`${folder}continuous.yaml`).config)
    const counts = plans.map((plan) => {
      const model = createModel({ ...plan, vocabulary: plainVocabulary(27), seed: 1 })
      const count = countParams(model.params)
      model.dispose()
      return count
    })
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.02)
  })
})
