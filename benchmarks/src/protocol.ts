/** @file What the driver asks a method's process, one JSON object a line; the PyTorch peer speaks the same. */
import { type BackboneConfig, type Paradigm, paradigms } from '@trivium/schema'

/** Those that write by denoising a whole canvas. */
export type DenoisingParadigm = Exclude<Paradigm, 'autoregressive'>
export const denoisingParadigms: readonly DenoisingParadigm[] = paradigms.filter(
  (paradigm) => paradigm !== 'autoregressive',
)

export type Attention = 'causal' | 'bidirectional'

/** The backbone with its vocabulary: all that a process needs to make a model. Text tokens, then MASK, BOS, EOS, PAD. */
export type Shape = BackboneConfig & { readonly vocabulary: number; readonly textSize: number }

/** `warm`: run once unmeasured first. */
type Model = { readonly backbone: Shape; readonly warm?: boolean }

export type Question =
  | { readonly task: 'hello'; readonly threads: number }
  /** GFLOP/s of size³ products, the best of `repeats`. */
  | { readonly task: 'gemm'; readonly size: number; readonly repeats: number }
  /** Tokens/s over `steps` whole training steps: loss, gradients, clipping, AdamW, averaged weights. */
  | ({
      readonly task: 'train'
      readonly paradigm: Paradigm
      readonly batch: number
      readonly length: number
      readonly steps: number
    } & Model)
  /** ms of one forward, logits on the host. */
  | ({
      readonly task: 'forward'
      readonly attention: Attention
      readonly batch: number
      readonly length: number
      readonly repeats: number
    } & Model)
  /**
   * Tokens/s of cached autoregressive sampling of a whole batch. `draftHeads`: with so many draft heads, whose guesses are all
   * kept, since heads of a new model agree: the most that speculation can give.
   */
  | ({
      readonly task: 'decode'
      readonly batch: number
      readonly length: number
      readonly draftHeads?: number
      readonly repeats: number
    } & Model)
  /** ms of a token of the same at batch 1, the mean over positions [from, to) of a text that ends at `to`. */
  | ({
      readonly task: 'token'
      readonly from: number
      readonly to: number
      readonly repeats: number
    } & Model)
  /** ms of one denoising step at batch 1, sampling included. */
  | ({
      readonly task: 'denoise'
      readonly paradigm: DenoisingParadigm
      readonly length: number
      readonly steps: number
    } & Model)
  /**
   * Tokens/s of a masked model that writes a whole row at batch 1 in `steps` forwards. `blockLength`: a model of such blocks, behind its exact
   * cache.
   */
  | ({
      readonly task: 'canvas'
      readonly length: number
      readonly steps: number
      readonly blockLength?: number
    } & Model)
  /** MiB of memory at the peak. */
  | { readonly task: 'memory' }
  /** Tensors alive after the training steps so far, less those before the first measured one. */
  | { readonly task: 'tensors' }
  /** Logits of given weights (a safetensors file) and tokens, for the check that peers compute the same function. */
  | {
      readonly task: 'logits'
      readonly backbone: Shape
      readonly weights: string
      readonly tokens: readonly number[]
      readonly attention: Attention | 'cached'
      readonly batch: number
      readonly length: number
    }

export type Hello = { readonly label: string; readonly detail: string; readonly threads: number | null }

export type Answer =
  | { readonly ok: { readonly value: number } | Hello | { readonly values: number[] } }
  | { readonly unsupported: true }
  | { readonly error: string }
