/**
 * @file What the native engine is made of: exact files with their digests, for each kind and processor. Nothing here is
 * resolved at install time, so that two machines get the same library.
 */

import { InputError } from '@trivium/schema'
import type { NativeKind } from '../../src/node/native-addon.ts'

/** One wheel of a Python index. `keep`: which of its files go into the installation. */
export type Wheel = { project: string; version: string; file: string; sha256: string; keep: RegExp }
/** One tarball of the npm registry. */
export type Tarball = { spec: string; sha256: string; into: string }
export type Plan = {
  kind: NativeKind
  wheels: readonly Wheel[]
  /** Free space that the installation needs at its height, and keeps, in MB. */
  peakMb: number
  keptMb: number
}

/**
 * The first release line whose wheels carry CUDA 12.5 and cuDNN 9; its C headers and its eager C API are those that
 * the addon's source wants, although that was written for 2.9.1.
 */
export const TENSORFLOW = '2.18.1'

const manylinux = (arch: string): string => `manylinux_2_17_${arch}.manylinux2014_${arch}`

/** The library is the same for every Python; one of the wheels had to be named. */
const tensorflow = (project: string, arch: string, sha256: string): Wheel => ({
  project,
  version: TENSORFLOW,
  file: `${project.replace('-', '_')}-${TENSORFLOW}-cp311-cp311-${manylinux(arch)}.whl`,
  sha256,
  keep: /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2$|include\/(tensorflow\/(c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h$)/,
})

/** The libraries that the CUDA wheel names in its RUNPATH, at the versions of its `and-cuda` extra. */
const nvidia = (project: string, version: string, platform: string, sha256: string): Wheel => ({
  project: `nvidia-${project}-cu12`,
  version,
  file: `nvidia_${project.replaceAll('-', '_')}_cu12-${version}-py3-none-${platform}.whl`,
  sha256,
  keep: /^nvidia\/[^/]+\/((lib|bin)\/[^/]+|nvvm\/.*)$/,
})

const cpu: Readonly<Record<string, Wheel>> = {
  x64: tensorflow(
    'tensorflow-cpu',
    'x86_64',
    '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
  ),
  // On arm64 the plain package is the one without CUDA.
  arm64: tensorflow(
    'tensorflow',
    'aarch64',
    '8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944',
  ),
}

const cuda: readonly Wheel[] = [
  tensorflow('tensorflow', 'x86_64', 'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828'),
  nvidia(
    'cublas',
    '12.5.3.2',
    'manylinux2014_x86_64',
    'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
  ),
  nvidia(
    'cuda-cupti',
    '12.5.82',
    'manylinux2014_x86_64',
    'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
  ),
  nvidia(
    'cuda-nvcc',
    '12.5.82',
    'manylinux2014_x86_64',
    'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
  ),
  nvidia(
    'cuda-nvrtc',
    '12.5.82',
    'manylinux2014_x86_64',
    '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
  ),
  nvidia(
    'cuda-runtime',
    '12.5.82',
    'manylinux2014_x86_64',
    '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
  ),
  nvidia(
    'cudnn',
    '9.3.0.75',
    'manylinux2014_x86_64',
    '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
  ),
  nvidia(
    'cufft',
    '11.2.3.61',
    'manylinux2014_x86_64',
    '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
  ),
  nvidia(
    'curand',
    '10.3.6.82',
    'manylinux2014_x86_64',
    '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
  ),
  nvidia(
    'cusolver',
    '11.6.3.83',
    'manylinux2014_x86_64',
    '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
  ),
  nvidia(
    'cusparse',
    '12.5.1.3',
    'manylinux2014_x86_64',
    '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
  ),
  nvidia(
    'nccl',
    '2.21.5',
    'manylinux2014_x86_64',
    '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0',
  ),
  nvidia(
    'nvjitlink',
    '12.5.82',
    'manylinux2014_x86_64',
    'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
  ),
]

/** The addon's source and kernels, the module that its backend reads graphs with, and Node's headers for addons. */
export const tarballs: readonly Tarball[] = [
  {
    spec: '@tensorflow/tfjs-node@4.22.0',
    sha256: 'd38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358',
    into: '.',
  },
  {
    spec: 'google-protobuf@3.21.4',
    sha256: '38299bb1802ce06900ea2e43650aded8393cd6a00012ed97ffc716eeab1e1091',
    into: 'node_modules/google-protobuf',
  },
  {
    spec: 'node-api-headers@1.9.0',
    sha256: '6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19',
    into: 'build/node-api',
  },
]

/** @throws InputError where there is no wheel for this platform. */
export function planFor(kind: NativeKind, platform: string, arch: string): Plan {
  const wheel = platform === 'linux' ? cpu[arch] : undefined
  if (wheel === undefined || (kind === 'cuda' && arch !== 'x64'))
    throw new InputError(
      `engine:native covers Linux on ${kind === 'cuda' ? 'x64' : 'x64 and arm64'}, and this is ${platform}-${arch}; use --engine wasm, which takes the system's BLAS`,
    )
  return kind === 'cuda'
    ? { kind, wheels: cuda, peakMb: 5000, keptMb: 4100 }
    : { kind, wheels: [wheel], peakMb: 1000, keptMb: 700 }
}
