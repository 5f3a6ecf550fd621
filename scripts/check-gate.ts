/**
 * @file Whether the gate finds planted regressions and lets seed noise pass, 20 times each: `pnpm check:gate [engine]`. The last
 * figures stand in docs/lab-log.md.
 */
import { type EngineName, engineNames, InputError } from '@trivium/schema'
import { plantedCounts } from './gate/planted.ts'

const repetitions = 20
const engine = (process.argv[2] ?? 'wasm') as EngineName
if (!engineNames.includes(engine)) throw new InputError(`there is no engine '${engine}'`)
const onRepetition = (line: string): void => void process.stdout.write(`${line}\n`)
const found = await plantedCounts({ repetitions, samples: 24, length: 64, rows: 32, engine, onRepetition })
const wanted = {
  ignoresTemperature: repetitions,
  noisyLayer: repetitions,
  otherDraws: 0,
  missing: repetitions,
}
const met = JSON.stringify(found) === JSON.stringify(wanted)
process.stdout.write(
  `${met ? 'ok    ' : 'MISSED'} of ${repetitions} each, on ${engine}: ${JSON.stringify(found)}\n`,
)
process.exit(met ? 0 : 1)
