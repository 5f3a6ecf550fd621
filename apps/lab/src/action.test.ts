/** The composite action as GitHub runs it: each shell step in the workspace of somebody, with the inputs in its environment. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readYaml } from '@trivium/files'
import { afterAll, expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const workspace = mkdtempSync(join(tmpdir(), 'action-'))
afterAll(() => rmSync(workspace, { recursive: true }))

type Step = {
  name?: string
  uses?: string
  run?: string
  env?: Record<string, string>
  with?: Record<string, string>
}
const yaml = (path: string): unknown =>
  readYaml(readFileSync(join(repository, path), 'utf8'), () => path).document.toJS()
const action = yaml('action.yml') as {
  inputs: Record<string, { default?: string; required?: boolean }>
  runs: { steps: Step[] }
}

/** `${{ inputs.x }}` as GitHub fills it in; it stands in `env` alone, where it is no code. */
function runStep(name: string, inputs: Record<string, string>): ReturnType<typeof spawnSync> {
  const step = action.runs.steps.find((one) => one.name === name)
  if (step?.run === undefined) throw new Error(`no step ${name}`)
  expect(step.run).not.toContain('${{')
  const filled = Object.entries(step.env ?? {}).map(([key, value]) => [
    key,
    value.replace(
      /\$\{\{ inputs\.(\w+) \}\}/g,
      (_, input: string) => inputs[input] ?? action.inputs[input].default ?? '',
    ),
  ])
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
    cwd: workspace,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...Object.fromEntries(filled),
      GITHUB_ACTION_PATH: repository.replace(/\/$/, ''),
      GITHUB_STEP_SUMMARY: join(workspace, 'summary.md'),
    },
  })
}

it('measures, gates, and writes the summary; a changed baseline fails the job', () => {
  writeFileSync(
    join(workspace, 'my eval.yaml'),
    `name: mine
dataset: { type: language, name: markov, length: 16 }
evaluation: { samples: 64 }
oracle: { samplers: [{ type: random, steps: 4 }] }
`,
  )
  const inputs = { config: 'my eval.yaml', baseline: 'baseline.json' }
  const measured = runStep('Measure', inputs)
  expect(measured, String(measured.stderr)).toMatchObject({ status: 0 })
  const accept = [
    'baseline',
    'accept',
    'trivium-gate/run',
    '--baseline',
    'baseline.json',
    '--reason',
    'first',
  ]
  const node = ['--conditions=@trivium/source', '--import', import.meta.resolve('tsx')]
  const main = join(repository, 'apps/lab/src/main.ts')
  expect(spawnSync(process.execPath, [...node, main, ...accept], { cwd: workspace }).status).toBe(0)

  const passed = runStep('Gate', { ...inputs, tolerance: 'nfe=0.2\ntransition-kl=0.1' })
  expect(passed, String(passed.stderr)).toMatchObject({ status: 0 })
  expect(readFileSync(join(workspace, 'summary.md'), 'utf8')).toMatch(
    /^## Gate: mine\n[\s\S]*Nothing is worse/,
  )
  expect(readdirSync(join(workspace, 'trivium-gate', 'gate'))).toContain('junit.xml')

  const baseline = readFileSync(join(workspace, 'baseline.json'), 'utf8')
  writeFileSync(join(workspace, 'baseline.json'), baseline.replaceAll(/"nfe": 4\b/g, '"nfe": 2'))
  const failed = runStep('Gate', inputs)
  expect(failed).toMatchObject({ status: 3, stderr: expect.stringMatching(/1 of \d+ figures are worse/) })
}, 120_000)

it('the workflow uses the action with inputs that it has, on files that are there', () => {
  const { jobs } = yaml('.github/workflows/eval.yml') as { jobs: Record<string, { steps: Step[] }> }
  const step = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find(({ uses }) => uses === './')
  const given = step?.with ?? {}
  for (const name of Object.keys(given)) expect(action.inputs, name).toHaveProperty(name)
  for (const [name, { required }] of Object.entries(action.inputs))
    if (required === true) expect(given, name).toHaveProperty(name)
  for (const path of [given.config, given.baseline]) readFileSync(join(repository, path))
})
