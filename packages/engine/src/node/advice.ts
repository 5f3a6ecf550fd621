/**
 * @file What to do about an engine that does not load. Run from source this is the repository, whose scripts build what npm
 * cannot bring; an installed package can only be helped by npm.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { EngineName } from '@trivium/schema'

const inRepository = import.meta.url.endsWith('.ts')

/** The repository's command that installs a library of TensorFlow. */
export const nativeCommand = (name: 'cuda' | 'native'): string =>
  name === 'cuda' ? 'pnpm engine:native --cuda' : 'pnpm engine:native'

const reinstall = 'part of every installation; install again'

export const advice: Readonly<Record<EngineName, string>> = {
  cuda: inRepository
    ? `needs Linux x64 and an NVIDIA driver; \`${nativeCommand('cuda')}\` installs the rest (docs/native-engine.md)`
    : `needs Linux x64, CUDA 11.2 and cuDNN 8.1; \`npm install @tensorflow/tfjs-node-gpu@${tf.version_core}\` downloads the library and says why if it cannot`,
  native: inRepository
    ? `\`${nativeCommand('native')}\` builds it from the wheel of TensorFlow (docs/native-engine.md)`
    : `\`npm install @tensorflow/tfjs-node@${tf.version_core}\` downloads its library and says why if it cannot`,
  webgpu: `${
    inRepository ? 'run pnpm engine:webgpu, which installs and tests it' : '`npm install webgpu` installs it'
  }; it needs a Vulkan, Metal or D3D12 driver`,
  wasm: reinstall,
  cpu: reinstall,
}
