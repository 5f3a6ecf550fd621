/**
 * @file An empty folder far from the repository, with the packed packages installed by plain npm, as a user has it. The
 * TypeScript of the READMEs and of examples/ lies in its src/, compiled by that user's tsc.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { readmesOf, snippetsOf } from '../readme-snippets.ts'
import { must, run } from './run.ts'
import { type Published, publishedPackages } from './workspace.ts'

export type Outside = {
  readonly folder: string
  readonly packages: readonly Published[]
  /** Names of the compiled programs in `js/`, without the ending. */
  readonly programs: readonly string[]
}

/** Packs everything that is published and installs it with plain npm. */
export async function installOutside(root: string, log: (line: string) => void): Promise<Outside> {
  const folder = mkdtempSync(join(tmpdir(), 'trivium-outside-'))
  const packages = publishedPackages(root)
  log(`packing ${packages.length} packages, installing them in ${folder}`)
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  await installPacked(root, packages, folder, [
    `typescript@${devDependencies.typescript}`,
    'typescript-5@npm:typescript@~5.9',
    '@types/node@20',
  ])
  return { folder, packages, programs: writePrograms(root, folder) }
}

/** Makes `folder` an npm project that has the packages, packed, and `tools` from the registry. */
export async function installPacked(
  root: string,
  packages: readonly Published[],
  folder: string,
  tools: readonly string[],
): Promise<void> {
  const tarballs = join(folder, 'tarballs')
  mkdirSync(tarballs)
  for (const published of packages)
    await must('pnpm', ['pack', '--pack-destination', tarballs], { cwd: join(root, published.folder) })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const files = readdirSync(tarballs).map((name) => `./${join('tarballs', name)}`)
  await must('npm', ['install', '--no-audit', '--no-fund', ...files, ...tools], { cwd: folder })
}

/** Every README's snippets and every example, and the experiment of the app's README, as files of the outside project. */
function writePrograms(root: string, folder: string): string[] {
  mkdirSync(join(folder, 'src'))
  const snippets = readmesOf(root).flatMap((file) => snippetsOf(root, file))
  for (const { file, line, code } of snippets)
    writeFileSync(join(folder, 'src', `${file.replaceAll(/\W/g, '-')}-${line}.ts`), code)
  for (const name of readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts')))
    copyFileSync(join(root, 'examples', name), join(folder, 'src', `example-${name}`))
  const [first] = snippetsOf(root, 'apps/lab/README.md', 'yaml')
  writeFileSync(join(folder, 'first.yaml'), first.code)
  return readdirSync(join(folder, 'src')).map((name) => basename(name, '.ts'))
}

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: ['node'],
  strict: true,
  rootDir: 'src',
  // Our declarations are checked too, not only what uses them.
  skipLibCheck: false,
}

/** Errors of the type checks; the first one writes `js/`. Other packages' declarations are theirs. */
export async function compileOutside({ folder }: Outside): Promise<string[]> {
  const checks = [
    ['nodenext', 'typescript', { module: 'nodenext', moduleResolution: 'nodenext', outDir: 'js' }],
    ['bundler', 'typescript', { module: 'esnext', moduleResolution: 'bundler', noEmit: true }],
    ['nodenext-5', 'typescript-5', { module: 'nodenext', moduleResolution: 'nodenext', noEmit: true }],
  ] as const
  const faults: string[] = []
  for (const [name, compiler, options] of checks) {
    const config = `tsconfig.${name}.json`
    writeFileSync(
      join(folder, config),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, include: ['src'] }),
    )
    faults.push(...(await typeErrors(folder, compiler, config)).map((line) => `${name}: ${line}`))
  }
  return faults
}

async function typeErrors(folder: string, compiler: string, config: string): Promise<string[]> {
  const tsc = join('node_modules', compiler, 'bin', 'tsc')
  const { code, stdout, stderr } = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], {
    cwd: folder,
  })
  const errors = stdout.split('\n').filter((line) => /error TS\d+/.test(line))
  if (code !== 0 && errors.length === 0) return [stderr.trim()]
  return errors.filter((line) => !/^node_modules\/(?!@trivium\/)/.test(line))
}
