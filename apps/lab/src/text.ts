/** @file Text that helps and commands share; it loads nothing, because every help needs it. */
import { command as trivium } from './place.ts'

/** Columns of equal width, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column].length))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  )
}

/** The examples below a command's help. */
export function examples(...lines: readonly (readonly [command: string, does: string])[]): string {
  return `\nExamples:\n${lines.map(([command, does]) => `  # ${does}\n  ${trivium} ${command}`).join('\n')}\n${conventions}`
}

/** What every command keeps to, said below every help. */
export const conventions = `
Exit codes: 0 done; 1 runtime error, e.g. a full disk; 2 bad input or configuration; 3 a gate failed; 130, 143 or 129 stopped by Ctrl-C, SIGTERM or SIGHUP.
stdout carries data only, stderr logs and progress; NO_COLOR is honoured.`
