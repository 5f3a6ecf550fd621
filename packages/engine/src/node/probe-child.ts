/** @file Child process of `probeEngines`: loads one engine and prints what came of it as one JSON line. */
import type { EngineName } from '@trivium/schema'
import { probeHere } from './index.ts'

console.log(JSON.stringify(await probeHere(process.argv[2] as EngineName)))
process.exit(0)
