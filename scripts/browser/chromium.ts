/** @file A Chromium without a window, which loads one address. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Of TRIVIUM_CHROMIUM, else of a usual place; null where there is none. */
export function findChromium(named: string | undefined = process.env.TRIVIUM_CHROMIUM): string | null {
  return (named === undefined ? places : [named]).find((path) => existsSync(path)) ?? null
}

const quiet = [
  '--headless',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** SwiftShader as the adapter of WebGPU: right, and slow. */
const softwareGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
]

export type Browsing = { readonly path: string; readonly gpu: boolean; readonly address: string }

/** Runs `until` with the address open, in a profile of its own. */
export async function browse<T>({ path, gpu, address }: Browsing, until: Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'trivium-chromium-'))
  const flags = [...quiet, ...(gpu ? softwareGpu : ['--disable-gpu']), `--user-data-dir=${profile}`]
  const child = spawn(path, [...flags, address], { stdio: 'ignore', detached: true })
  try {
    return await Promise.race([until, endOf(child)])
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // Its helpers too: they write to the profile.
    if (child.exitCode === null && child.pid !== undefined && process.kill(-child.pid)) await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 })
  }
}

async function endOf(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code} before the page answered`)))
  })
}
