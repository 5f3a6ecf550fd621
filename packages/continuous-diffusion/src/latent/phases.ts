/** @file The two phases of training, and what holds latents and process together afterwards. */
import { dispose, read, tidy } from '@trivium/engine'
import { InputError, type LatentOptions, RuntimeFailure } from '@trivium/schema'
import { readText } from '../gaussian/reading.ts'
import { type AutoencoderParams, decodeClean, encode, padded } from './autoencoder.ts'

/** The last step that trains the autoencoder: at least the first, and one at least is left for the process. */
export const lastAutoencoderStep = ({ share }: LatentOptions, totalSteps: number): number =>
  Math.max(1, Math.min(Math.round(share * totalSteps), totalSteps - 1))

/** Share of the tokens of rows of one length that come back from their clean latents. */
export async function reconstruction(
  autoencoder: AutoencoderParams,
  rows: readonly Int32Array[],
  rate: number,
  textSize: number,
  gammaMin: number,
): Promise<number> {
  const tokens = padded(rows, rate, textSize)
  const logits = tidy(() => decodeClean(autoencoder, encode(autoencoder, tokens, rate), gammaMin, rate))
  const { best } = readText(Float32Array.from(await read(logits)), textSize)
  dispose(logits)
  let [right, all] = [0, 0]
  tokens.forEach((token, i) => {
    if (token === textSize) return
    all += 1
    if (best[i] === token) right += 1
  })
  return right / all
}

/** @throws RuntimeFailure below the share that the options ask for; InputError without rows to check */
export async function checkReconstruction(
  autoencoder: AutoencoderParams,
  latent: LatentOptions,
  textSize: number,
  gammaMin: number,
  step: number,
  heldOut: readonly Int32Array[] | undefined,
): Promise<number> {
  if (heldOut === undefined || heldOut.length === 0)
    throw new InputError(
      'a latent model needs held-out rows before its process can train; pass heldOut to trainModel',
    )
  // Rows of one length share a pass.
  const lengths = [...new Set(heldOut.map(({ length }) => length))]
  let [right, all] = [0, 0]
  for (const length of lengths) {
    const rows = heldOut.filter((row) => row.length === length)
    right += (await reconstruction(autoencoder, rows, latent.rate, textSize, gammaMin)) * rows.length * length
    all += rows.length * length
  }
  const got = right / all
  if (got < latent.reconstruction)
    throw new RuntimeFailure(
      `the autoencoder gives back ${(100 * got).toFixed(2)}% of the held-out tokens at step ${step}, below the ${100 * latent.reconstruction}% of options.latent.reconstruction; raise options.latent.dim or share, or lower rate`,
    )
  return got
}

/** What a checkpoint keeps of the autoencoder that its process was trained with. */
export type LatentState = {
  /** Share of held-out tokens that it gives back. */
  readonly reconstruction: number
  /** Latents of the probe, rounded. */
  readonly probe: readonly number[]
}

/** Two latents of fixed tokens: another autoencoder puts them elsewhere, half precision or another engine does not. */
export async function probe(
  autoencoder: AutoencoderParams,
  rate: number,
  textSize: number,
): Promise<number[]> {
  const tokens = Int32Array.from({ length: 2 * rate }, (_, i) => (7 * i + 3) % textSize)
  const latents = tidy(() => encode(autoencoder, tokens, rate))
  const values = Array.from(await read(latents), (x) => Number(x.toFixed(4)))
  dispose(latents)
  return values
}

/** @throws InputError when the process was trained on the latents of another autoencoder */
export async function checkProbe(
  autoencoder: AutoencoderParams,
  state: LatentState,
  rate: number,
  textSize: number,
): Promise<void> {
  const found = await probe(autoencoder, rate, textSize)
  const off = Math.sqrt(found.reduce((sum, x, i) => sum + (x - state.probe[i]) ** 2, 0) / found.length)
  // Coordinates have variance 1.
  if (!(off < 0.05))
    throw new InputError(
      `the process was trained on the latents of another autoencoder (they differ by ${off.toFixed(2)} where their spread is 1); take all weights from one checkpoint`,
    )
}
