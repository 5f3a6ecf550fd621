/** @file The three verbs of a language model (loss, logLikelihood, generate) and the records they exchange. */
import type { ParamTree, Tensor } from '@trivium/engine'
import type { Rng } from '@trivium/random'
import type { BoundType, Paradigm, SamplerConfig } from '@trivium/schema'

/**
 * Token ids: text tokens are 0 … textSize-1, specials lie above. Networks read all `size` ids and predict the
 * `textSize` text tokens, so a special can never be written.
 */
export type Vocabulary = {
  readonly size: number
  readonly textSize: number
  readonly mask: number
  readonly bos: number
  readonly eos: number
  readonly pad: number
  /** Sentinels of fill-in-the-middle, where a tokenizer has them. */
  readonly fim?: { readonly prefix: number; readonly suffix: number; readonly middle: number }
}

/**
 * Rows of text on the host. Corruption is drawn on the host too, so that every engine trains on the same noise.
 *
 * The loss of a batch with `given` is the mean over its rows of (nats of the row's free positions / their number), in
 * every paradigm: each row counts alike, however long its answer is (LLaDA 2502.09992, SFT).
 */
export type TokenBatch = {
  /** Row-major [B, L]. */
  readonly tokens: Int32Array
  readonly batch: number
  readonly length: number
  /**
   * [B·L], 1: a condition. It is never corrupted and weighs nothing: autoregressive models take no loss there, masked ones
   * never mask it, continuous ones pin it clean. Nothing is given when absent.
   */
  readonly given?: Uint8Array
}

/** What a loss needs beside its tokens. */
export type LossContext = {
  /** Keyed by (seed, step); rows of all micro-batches share it, so index by `rowOffset + row`. */
  readonly rng: Rng
  /** Where this micro-batch stands in the optimiser step: stratified times cover the whole step. */
  readonly rowOffset: number
  readonly totalRows: number
  readonly step: number
  readonly totalSteps: number
}

export type TrainingStep = {
  readonly step: number
  readonly totalSteps: number
  /** Held-out rows of text, where there are some. */
  readonly heldOut?: readonly Int32Array[]
}

/** −log p of one row. `nats` of an 'upper-bound' is above the exact value in expectation. */
export type Likelihood = {
  readonly nats: number
  readonly kind: 'exact' | 'upper-bound'
  readonly bound: BoundType
  /** Monte Carlo standard error of `nats`; 0 when exact. */
  readonly stderr: number
  readonly draws: number
  /** Network evaluations that this row took part in, where a draw may take several. */
  readonly forwards?: number
  /** Summands of `nats`, where the bound has parts (reconstruction, diffusion, prior). */
  readonly parts?: Readonly<Record<string, number>>
  /**
   * Where the noise hides the row: nats of `nats` for each unit of γ = −log SNR, a value for each draw of the bound's
   * integral (I-MMSE: ½e^{−γ}·the squared error).
   */
  readonly information?: readonly { readonly gamma: number; readonly nats: number }[]
}
export type LikelihoodOptions = {
  readonly draws?: number
  readonly seed?: number
  readonly batchSize?: number
  /** One row of flags for each row, 1: a condition. The likelihood is then that of the rest, given these. */
  readonly given?: readonly Uint8Array[]
  /**
   * left-to-right: of a model that can write in any order, the exact likelihood if it wrote the row so. What comes back says
   * which it is; a model without such a choice gives its own, as all do for `any`.
   */
  readonly order?: 'any' | 'left-to-right'
  /** Of a model that may read an earlier estimate of its own: forwards for each draw, all counted; 2 when absent. */
  readonly passes?: number
  /** Asked between two forwards; once it has fired `Stopped` is thrown, since half a likelihood is none. */
  readonly signal?: AbortSignal
}

/** frozen[i] = 1: given text; 0: to be written. A prompt, a suffix, an infill and an edit are all this. */
export type CanvasRow = { readonly tokens: Int32Array; readonly frozen: Uint8Array }

export type GenerationRequest = {
  readonly canvas: readonly CanvasRow[]
  readonly sampler: SamplerConfig
  readonly seed: number
  /**
   * A row ends with the first of these tokens, or sequences of tokens, that stands whole in its free tail, behind the last
   * frozen position, as soon as all before it stands; what follows becomes PAD. In a gap they are ordinary text: what is
   * given behind it has to follow.
   */
  readonly stopTokens?: readonly (number | readonly number[])[]
  /**
   * With each written token its log-probability, and those of the n most likely tokens; 0 asks for its own alone. Not known
   * to continuous diffusion, which refuses it.
   */
  readonly logprobs?: number
  /** Rows to watch, by their place in the canvas: `decode` yields their steps. Without any no snapshot is taken. */
  readonly traceRows?: readonly number[]
  /** Stops between two forwards. Unfinished rows end as they stand: MASK where nothing is written yet. */
  readonly signal?: AbortSignal
}
export type Generation = { readonly rows: GeneratedRow[]; readonly cost: Cost }
export type GeneratedRow = {
  readonly tokens: Int32Array
  readonly finish: 'length' | 'stop' | 'converged' | 'aborted'
  /** Network evaluations that this row took part in: what it would take alone, however slow its neighbours are. */
  readonly forwards: number
  /** Query positions of this row, over all its forwards. */
  readonly tokenPositions: number
  /**
   * Given positions where the decoder of a latent model, left to itself, would have written another token; the given one
   * stands all the same.
   */
  readonly overruled?: number
  /** By position, where they were asked for: null where text is given or nothing was written. */
  readonly logprobs?: readonly (TokenLogprobs | null)[]
}
/**
 * ln softmax(logits), nats, of the forward that the token was written from, before temperature and truncation. Of a masked
 * model that is a marginal given what stood then: their sum is no likelihood of the row.
 */
export type TokenLogprobs = {
  readonly logprob: number
  /** From the most likely on; equals by id. */
  readonly top: readonly { readonly token: number; readonly logprob: number }[]
}

/** What a generation cost. Nothing is free by convention. */
export type Cost = {
  /** Network evaluations (NFE) of the batch: correctors, guidance, cache commits and clean-up passes included. */
  forwards: number
  /** Query positions pushed through the network, summed over rows. */
  tokenPositions: number
  cacheCommits: number
  /** Tokens that were guessed for a forward to verify, and those of them that were kept; absent where none was guessed. */
  speculation?: { drafted: number; accepted: number }
  ms: number
  /** Until the first written token was committed. */
  msFirstToken: number
}

/** A full snapshot of one row (a consumer replaces, never appends); its last one equals the result. */
export type TraceEvent = {
  /** Place in the canvas. */
  readonly row: number
  readonly step: number
  readonly forwards: number
  readonly tMs: number
  readonly tokens: Int32Array
  /** Positions committed in this step, from left to right. */
  readonly committed: readonly number[]
  /** Positions whose shown token differs from the row's previous event (before the first: from its canvas). */
  readonly changed: readonly number[]
  /** Probability of the shown token, by position: 1 where frozen, 0 where nothing stands. */
  readonly confidence: Float32Array
  /** Entropy of the model's distribution by position, nats; 0 where frozen. Of samplers that look at every position. */
  readonly entropy?: Float32Array
}

export interface LanguageModel {
  readonly paradigm: Paradigm
  readonly vocabulary: Vocabulary
  /** Longest row L. */
  readonly context: number
  /** The trainable weights. A training step replaces them with `setParams`. */
  readonly params: ParamTree
  setParams(params: ParamTree): void
  /**
   * Of a model whose training has phases: awaited before the losses of a step, with rows that no loss ever sees. Returns
   * which weights the step may move, by path; all when null.
   * @throws RuntimeFailure when what a phase rests on is not there, e.g. latents that do not give the text back
   */
  beginStep?(at: TrainingStep): Promise<((path: string) => boolean) | null>
  /**
   * What the loss of this batch wants of a network first (drafts, a teacher's targets). Whoever trains awaits it before the
   * `loss` of the same batch and context.
   */
  prepareLoss?(batch: TokenBatch, context: LossContext): Promise<void>
  /** Training loss of one batch: a scalar in nats per token, differentiable in `params`. */
  loss(batch: TokenBatch, context: LossContext): Tensor
  /**
   * Called once a training step, after its losses and beside the update, e.g. to learn a noise schedule from them.
   * @throws RuntimeFailure that names the step when the model cannot go on; training ends and its last checkpoint stays
   */
  afterLoss?(): Promise<void>
  /** State of the process that is not a weight (a learned schedule); goes into the manifest. */
  processState(): Record<string, unknown>
  loadProcessState(state: Record<string, unknown>): void
  /** Log-likelihood of each row; a bound says that it is one. Rows are text of at most `context` tokens. */
  logLikelihood(rows: readonly Int32Array[], options?: LikelihoodOptions): Promise<Likelihood[]>
  /**
   * One entry for free text, prompts, infilling and editing alike: yields the steps of the watched rows and returns the
   * result. Deterministic in (weights, request, engine); row i does not depend on its neighbours.
   * @throws InputError when the sampler is not of this paradigm or the canvas does not fit the context.
   */
  decode(request: GenerationRequest): AsyncGenerator<TraceEvent, Generation, void>
  /** `decode` to its end. */
  generate(request: GenerationRequest): Promise<Generation>
  dispose(): void
}
