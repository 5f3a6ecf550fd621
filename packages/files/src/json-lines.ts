/** @file JSON lines: a log that a crash may tear at its end, and that loses only the torn line. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseJson } from '@trivium/schema'
import { asFailure, makeFolder } from './atomic.ts'

/**
 * Appends one line. A line that a crash tore is closed first, so that only that one is lost.
 * @throws RuntimeFailure on a full disk
 */
export function appendJsonLine(path: string, value: unknown): void {
  try {
    makeFolder(dirname(path))
    const file = openSync(path, 'a+')
    try {
      const { size } = fstatSync(file)
      const last = Buffer.alloc(1, '\n')
      if (size > 0) readSync(file, last, 0, 1, size - 1)
      writeSync(file, `${last[0] === 0x0a ? '' : '\n'}${JSON.stringify(value)}\n`)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw asFailure(error, path)
  }
}

/** The values of a JSONL text, which may be anything: check them. Lines that a crash tore are skipped. */
export function readJsonLines(text: string): unknown[] {
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return [parseJson(line, 'the line', '')]
    } catch {
      return []
    }
  })
}
