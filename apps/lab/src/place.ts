/**
 * @file Where the command runs, for what its help and its errors advise: run from source this is the repository, with its
 * script, its experiments and its checkpoints; elsewhere there is what npm installed and what the user wrote.
 */
const inRepository = import.meta.url.endsWith('.ts')

/** How a reader starts the command. */
export const command: string = inRepository ? 'pnpm trivium' : 'npx trivium'
/** An experiment that is there, or the one of this package's README. */
export const experiment: string = inRepository ? 'configs/demo.yaml' : 'first.yaml'
/** The folder of the reference checkpoints; elsewhere it is the package `@trivium/checkpoints`. */
export const checkpoints: string = inRepository ? 'checkpoints' : 'node_modules/@trivium/checkpoints'
