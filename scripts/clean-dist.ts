/** @file `pnpm build` starts from nothing: what an earlier tree left in dist/ would be packed with the rest. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { foldersOf } from './map/imports.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const folder of foldersOf(root)) rmSync(join(root, folder, 'dist'), { recursive: true, force: true })
