/** @file JSON files that are read back: by us after a crash, so a file may be torn or edited. */
import { readFileSync } from 'node:fs'
import { parseJson } from '@trivium/schema'

/** The value of a JSON file, which may be anything: check it. Null when there is no such file, or no whole one. */
export function readJsonIfWhole(path: string): unknown {
  try {
    return parseJson(readFileSync(path, 'utf8'), path, '')
  } catch {
    return null
  }
}
