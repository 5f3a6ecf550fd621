/** @file Files that are whole or not there, logs that lose at most a line, hashes, live processes. Node only. */
export { asFailure, discard, makeFolder, writeAtomically, writeDurably, writeJson } from './atomic.ts'
export { readJsonIfWhole } from './json.ts'
export { appendJsonLine, readJsonLines } from './json-lines.ts'
export { checkFile, checkFolder } from './place.ts'
export { isAlive } from './process.ts'
export { sha256 } from './sha256.ts'
export { readYaml, type YamlDocument } from './yaml.ts'
