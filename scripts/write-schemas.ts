/**
 * @file JSON Schema of the experiment file, for completion in editors: `tsx scripts/write-schemas.ts` writes it,
 * `--check` fails when it is not current.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { experimentConfigSchema } from '@trivium/schema'
import { z } from 'zod'

const path = 'configs/schema/experiment.schema.json'
const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
// io: input, because a file may leave out whatever has a default.
const schema = z.toJSONSchema(experimentConfigSchema, { io: 'input' })
const text = `${JSON.stringify({ ...schema, title: 'Trivium experiment' }, null, 2)}\n`

if (!process.argv.includes('--check')) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${path} is not current: run pnpm schemas\n`)
  process.exitCode = 1
}
