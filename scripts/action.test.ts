/** The shell steps of the action and of the workflow that uses it, run as a runner would run them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig, readBaseline } from '@trivium/experiments/run'
import { readYaml } from '@trivium/files'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
type Step = {
  name?: string
  run?: string
  uses?: string
  env?: Record<string, string>
  with?: Record<string, string>
}
type Action = { inputs: Record<string, { default?: string }>; runs: { steps: Step[] } }
const yamlOf = (path: string): unknown =>
  readYaml(readFileSync(join(root, path), 'utf8'), () => path).document.toJS()
const action = yamlOf('action.yml') as Action
const { jobs } = yamlOf('.github/workflows/eval.yml') as { jobs: { smoke: { steps: Step[] } } }

/** Runs one step of the action with bash, its inputs filled in where the action names them. */
function step(name: string, inputs: Record<string, string>): { code: number; said: string } {
  const { run = '', env = {} } = action.runs.steps.find((one) => one.name === name) ?? {}
  const value = (text: string): string =>
    text.replace(
      /\$\{\{ inputs\.([a-z-]+) \}\}/,
      (_, key: string) => inputs[key] ?? action.inputs[key].default ?? '',
    )
  const filled = Object.fromEntries(Object.entries(env).map(([key, text]) => [key, value(text)]))
  const { PATH = '', HOME = '' } = process.env
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', run],
    {
      cwd: root,
      env: { PATH, HOME, ...filled },
      encoding: 'utf8',
    },
  )
  return { code: status ?? -1, said: stdout + stderr }
}
const command = `${process.execPath} --conditions=@trivium/source --import tsx apps/lab/src/main.ts`

it('gates a run: passes, fails, and says when it cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'action-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // A space, and what a shell would run.
  const run = join(folder, 'a run; touch $(pwned).json')
  copyFileSync(join(root, 'docs/results/order.json'), run)
  const baseline = join(folder, 'baseline.json')
  const [node, ...argv] = command.split(' ')
  const accept = ['baseline', 'accept', run, '--baseline', baseline, '--reason', 'test']
  execFileSync(node, [...argv, ...accept], { cwd: root, stdio: 'ignore' })
  const out = join(folder, 'out')
  expect(step('gate', { command, run, baseline, out })).toMatchObject({ code: 0 })
  expect(readdirSync(out)).toContain('junit.xml')
  expect(step('gate', { command, run: join(root, 'baselines'), baseline, out })).toMatchObject({ code: 2 })
  expect(existsSync(join(root, 'pwned'))).toBe(false)
})

it('measures an experiment, with more arguments or none', () => {
  const config = 'configs/claims/order.yaml'
  const plan = step('measure', { command, config, run: 'runs/never', 'compare-args': '--dry-run --jobs 1' })
  expect(plan).toMatchObject({ code: 0, said: expect.stringContaining('run: runs/never (new)') })
  expect(step('measure', { command, config: 'nowhere.yaml' })).toMatchObject({ code: 2 })
})

it('lets no input into a script', () => {
  for (const { run } of action.runs.steps) expect(run).not.toContain('${{')
})

it('the workflow gives the action inputs that it has, and files that are there and fit each other', () => {
  const own = jobs.smoke.steps.find(({ uses }) => uses === './')?.with ?? {}
  for (const key of Object.keys(own)) expect(Object.keys(action.inputs)).toContain(key)
  const { config } = loadConfig(join(root, own.config))
  const { results, history } = readBaseline(join(root, own.baseline))
  expect(results.name).toBe(config.name)
  expect(results.models.map(({ id }) => id)).toEqual(config.models.map(({ name }) => name))
  expect(history.at(-1)?.sha256).toBe(results.sha256)
  const scripts = Object.keys(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
  )
  expect(scripts).toContain(own.command.split(' ').at(-1))
})
