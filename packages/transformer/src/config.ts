/** @file The shape of the backbone: presets, the depth dial, and what they resolve to. */
import { type BackboneConfig, InputError, type ModelConfig } from '@trivium/schema'

/** Depth and width of the presets; parameters in millions with the 27-character vocabulary. */
export const presets: Readonly<
  Record<'tiny' | 'small' | 'base' | 'large', { depth: number; width: number }>
> = {
  tiny: { depth: 3, width: 96 }, // 0.34
  small: { depth: 4, width: 128 }, // 0.80
  base: { depth: 6, width: 256 }, // 4.7
  large: { depth: 8, width: 512 }, // 25
}

const headDim = 32

/**
 * Fills in a model block: `preset` or `depth` (width = 32·depth) first, explicit keys over it. SwiGLU's width is 8/3·D
 * and relu²'s 4·D, so that both MLPs have 8·D² weights.
 * @throws InputError when the width does not split into heads of an even size.
 */
export function resolveBackbone(model: ModelConfig): BackboneConfig {
  const base = model.preset !== undefined ? presets[model.preset] : undefined
  const depth = model.depth ?? base?.depth ?? presets.small.depth
  const width =
    model.width ?? base?.width ?? (model.depth !== undefined ? 32 * model.depth : presets.small.width)
  const heads = model.heads ?? Math.max(1, Math.round(width / headDim))
  if (width % heads !== 0 || (width / heads) % 2 !== 0)
    throw new InputError(
      `model.width ${width} does not split into ${heads} heads of an even size; choose a multiple of ${2 * heads}`,
    )
  const mlp = model.mlp ?? 'swiglu'
  return {
    depth,
    width,
    heads,
    mlpWidth: model.mlpWidth ?? (mlp === 'swiglu' ? Math.ceil((8 * width) / 3 / 8) * 8 : 4 * width),
    mlp,
    convolution: model.convolution ?? 8,
    context: model.context ?? 128,
    ropeBase: model.ropeBase ?? 10_000,
    // What is at its default leaves no trace, in the manifest neither.
    ...(model.positions === 'table' && { positions: model.positions }),
  }
}

/** Peak AdamW rate for a width: 3e-3 at D = 128, falling as 1/√D (found by search; see docs/lab-log.md). */
export function defaultLearningRate(config: BackboneConfig): number {
  return 3e-3 * Math.sqrt(128 / config.width)
}
