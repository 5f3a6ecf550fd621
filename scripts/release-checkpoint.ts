/**
 * @file Turns a finished training into a checkpoint that ships: averaged weights as fp16, no optimiser state, the
 * manifest with its provenance. `pnpm release:checkpoint <checkpoints/last> <checkpoints/NAME>`.
 */
import { basename } from 'node:path'
import { startEngine } from '@trivium/engine/node'
import { gatherProvenance } from '@trivium/experiments'
import { withoutPlaces } from '@trivium/experiments/run'
import { openModel } from '@trivium/models/node'
import { InputError } from '@trivium/schema'
import { saveCheckpoint } from '@trivium/training/node'

const [from, to] = process.argv.slice(2)
if (from === undefined || to === undefined)
  throw new InputError('usage: pnpm release:checkpoint <finished checkpoint> <new folder>')
await startEngine('wasm', { blas: 'off' })
const { model, manifest } = openModel(from)
if (manifest.step < manifest.totalSteps)
  throw new InputError(
    `${from} stopped at step ${manifest.step} of ${manifest.totalSteps}; finish its training first`,
  )
const { files: _, ...rest } = manifest
// The machine, where the training did not record it; the commit is the training's own or unknown.
const {
  gitSha: _sha,
  gitDirty: _dirty,
  lockfileSha256: _lockfile,
  ...machine
} = await gatherProvenance({
  seeds: [manifest.seed],
  datasetSha256: manifest.datasetSha256,
  engine: { label: manifest.engine, threads: 1 },
  argv: [],
})
const own = { ...machine, ...manifest.provenance }
// Places of the machine that trained it say nothing elsewhere.
const provenance = { ...own, argv: withoutPlaces(own.argv) }
const released = await saveCheckpoint(to, {
  manifest: { ...rest, name: basename(to), provenance },
  params: model.params,
  state: null,
  precision: 'F16',
})
process.stdout.write(
  `${to}: ${(released.files['model.safetensors'].bytes / 1e6).toFixed(2)} MB, sha256 ${released.files['model.safetensors'].sha256}\n`,
)
process.exit(0)
