/** @file Child process of `probeEngines`: loads one engine and prints what came of it as one JSON line. */
import { endWithParent } from '@trivium/files'
import type { EngineName } from '@trivium/schema'
import { probeHere } from './index.ts'

endWithParent(Number(process.argv[2]))
console.log(JSON.stringify(await probeHere(process.argv[3] as EngineName)))
process.exit(0)
