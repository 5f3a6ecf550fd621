/**
 * @file Who imports whom: the arrows of docs/architecture.md as data. `pnpm lint` holds three things equal: these arrows, the
 * arrows that are drawn there, and the imports that exist.
 */

/**
 * Every package and app with the packages that it imports. The order is the house's, lowest first: an import goes up this
 * list only, so there is no cycle.
 */
export const directions: Readonly<Record<string, readonly string[]>> = {
  'packages/random': [],
  'packages/schema': [],
  'packages/files': ['schema'],
  'packages/languages': ['random', 'schema'],
  'packages/tasks': ['random', 'schema'],
  'packages/tokenizer': ['schema'],
  'packages/corpus': ['random', 'schema', 'files'],
  'packages/engine': ['random', 'schema', 'files'],
  'packages/transformer': ['random', 'schema', 'engine'],
  'packages/language-model': ['random', 'schema', 'engine'],
  'packages/autoregressive': ['random', 'schema', 'engine', 'transformer', 'language-model'],
  'packages/masked-diffusion': ['random', 'schema', 'engine', 'transformer', 'language-model'],
  'packages/continuous-diffusion': ['random', 'schema', 'engine', 'transformer', 'language-model'],
  'packages/training': ['random', 'schema', 'files', 'engine', 'language-model'],
  'packages/models': [
    'random',
    'schema',
    'languages',
    'tokenizer',
    'engine',
    'language-model',
    'autoregressive',
    'masked-diffusion',
    'continuous-diffusion',
    'training',
  ],
  'packages/evaluation': ['random', 'schema', 'language-model'],
  'packages/experiments': [
    'random',
    'schema',
    'files',
    'languages',
    'tasks',
    'tokenizer',
    'corpus',
    'engine',
    'transformer',
    'language-model',
    'training',
    'models',
    'evaluation',
  ],
  'packages/report': ['schema', 'files'],
  'apps/lab': [
    'schema',
    'files',
    'tasks',
    'corpus',
    'engine',
    'transformer',
    'training',
    'models',
    'evaluation',
    'experiments',
    'report',
  ],
}

/** What a package's tests import beyond that: drawn dotted, a devDependency. */
export const inTestsOnly: Readonly<Record<string, readonly string[]>> = {
  'packages/language-model': ['languages'],
  'packages/autoregressive': ['languages'],
  'packages/masked-diffusion': ['languages'],
  'packages/continuous-diffusion': ['languages'],
  'packages/training': ['languages'],
  'packages/models': ['transformer'],
  'packages/evaluation': ['languages'],
}

/** Stand below everything: the picture names them in the boxes of those who import them, where arrows would hide the rest. */
export const ground: readonly string[] = ['random', 'schema', 'files']

/** May import every package and is not drawn. */
export const open: ReadonlySet<string> = new Set(['benchmarks'])

/** The only importer of TensorFlow.js. */
export const tensorflowOwner = 'packages/engine'
