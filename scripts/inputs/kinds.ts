/** @file The kinds of files that the command reads, each with a command that reads it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@trivium/files'
import type { Rng } from '@trivium/random'
import { damageBytes, damageJson } from './damage.ts'

/** The small finished run that every case damages a copy of. */
export const experiment = `name: x
engine: wasm
dataset: { name: file, path: text.txt }
tokenizer: { type: char }
model: { depth: 1, width: 16, context: 16 }
training: { tokens: 640, batchSize: 4 }
evaluation: { samples: 2, likelihoodRows: 2, likelihoodDraws: 2, latencyRepeats: 1, judgeOrder: 3, steps: [2] }
models: [{ name: m, paradigm: continuous-diffusion }]
`
export const examples: string = Array.from(
  { length: 120 },
  (_, i) => `${JSON.stringify({ prompt: `${i}+1=`, answer: `${i + 1}` })}\n`,
).join('')

const checkpoint = 'run/models/m/checkpoints/last'

export type Kind = {
  readonly name: string
  /** Damages a file below `folder`. @returns what was done */
  readonly damage: (folder: string, rng: Rng) => string
  readonly argv: (folder: string) => string[]
}

const sampled = (folder: string): string[] => [
  'sample',
  '--engine',
  'wasm',
  '--checkpoint',
  join(folder, checkpoint),
  '-l',
  '8',
  '--steps',
  '2',
]
const compared = (folder: string): string[] => [
  'compare',
  '-c',
  join(folder, 'x.yaml'),
  '--out',
  join(folder, 'run'),
]

export const kinds: readonly Kind[] = [
  {
    name: 'experiment',
    damage: (folder, rng) => bytesOf(join(folder, 'x.yaml'), rng),
    argv: (folder) => [...compared(folder), '--dry-run'],
  },
  {
    name: 'manifest',
    damage: (folder, rng) => jsonOf(join(folder, checkpoint, 'manifest.json'), rng),
    argv: sampled,
  },
  {
    name: 'tokenizer',
    damage: (folder, rng) => jsonOf(join(folder, checkpoint, 'manifest.json'), rng, 'tokenizer'),
    argv: sampled,
  },
  { name: 'weights', damage: damageWeights, argv: sampled },
  {
    name: 'run state',
    damage(folder, rng) {
      const files = ['models/m/.lock-1/owner.json', 'config.resolved.json']
      return jsonOf(join(folder, 'run', files[rng.integer(2, 8)]), rng)
    },
    argv: (folder) => ['train', '-c', join(folder, 'x.yaml'), '--out', join(folder, 'run')],
  },
  {
    name: 'stage',
    damage(folder, rng) {
      const files = [
        'evaluation/m.json',
        'evaluation/latency.all.json',
        'evaluation/orientation.all.json',
        'wall.json',
      ]
      return jsonOf(join(folder, 'run', files[rng.integer(4, 8)]), rng)
    },
    argv: compared,
  },
  {
    name: 'metrics',
    damage: (folder, rng) => bytesOf(join(folder, 'run/models/m/metrics.jsonl'), rng),
    argv: compared,
  },
  {
    name: 'results',
    damage: (folder, rng) => jsonOf(join(folder, 'run/results.json'), rng),
    argv: (folder) => ['report', join(folder, 'run')],
  },
  {
    name: 'text',
    damage: (folder, rng) => bytesOf(join(folder, 'text.txt'), rng),
    argv: (folder) => ['data', 'file', '--path', join(folder, 'text.txt'), '--view', 'raw'],
  },
  {
    name: 'examples',
    damage: (folder, rng) => bytesOf(join(folder, 'examples.jsonl'), rng),
    argv: (folder) => [
      'train',
      '-c',
      join(folder, 'examples.yaml'),
      '--out',
      join(folder, 'of-examples'),
      '--dry-run',
    ],
  },
]

function bytesOf(path: string, rng: Rng): string {
  const { value, note } = damageBytes(readFileSync(path), rng)
  writeFileSync(path, value)
  return note
}

/** One time in four its bytes, else its JSON (below `key`, where one is named). */
function jsonOf(path: string, rng: Rng, key?: string): string {
  if (rng.integer(4, 9) === 0) return bytesOf(path, rng)
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const { value, note } = damageJson(key === undefined ? json : json[key], rng)
  writeFileSync(path, JSON.stringify(key === undefined ? value : { ...json, [key]: value }))
  return note
}

/** With the sha256 that fits, so that the header itself is read. */
function damageWeights(folder: string, rng: Rng): string {
  const path = join(folder, checkpoint, 'model.safetensors')
  const before = readFileSync(path)
  const size = Number(before.readBigUInt64LE(0))
  const header: unknown = JSON.parse(before.subarray(8, 8 + size).toString())
  const { value, note } = damageJson(header, rng)
  const text = Buffer.from(JSON.stringify(value))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const bytes = Buffer.concat([length, text, before.subarray(8 + size)])
  writeFileSync(path, bytes)
  const place = join(folder, checkpoint, 'manifest.json')
  const manifest = JSON.parse(readFileSync(place, 'utf8')) as { files: object }
  const files = { ...manifest.files, 'model.safetensors': { sha256: sha256(bytes), bytes: bytes.length } }
  writeFileSync(place, JSON.stringify({ ...manifest, files }))
  return note
}
