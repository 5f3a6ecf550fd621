/** @file What a reader must know of models that stand side by side and are not quite alike, or could not be checked. */
import { canonicalJson, type Manifest } from '@trivium/schema'

export type NamedManifest = {
  readonly name: string
  readonly manifest: Pick<Manifest, 'tokenizer' | 'numbersSha256'>
}

/** Tokenizers with a character a token, whatever the characters are. */
const oneCharacterTypes = new Set<string | undefined>(['char', 'symbols'])

export function identityNotes(models: readonly NamedManifest[]): string[] {
  const notes: string[] = []
  const texts = models.map(({ manifest }) => canonicalJson(manifest.tokenizer))
  const kinds = [...new Set(texts)].map((text) => {
    const { type } = JSON.parse(text) as { type?: string }
    return `${type ?? 'unknown'} for ${models.flatMap(({ name }, i) => (texts[i] === text ? name : [])).join(', ')}`
  })
  const ofCharacters = texts.every((text) =>
    oneCharacterTypes.has((JSON.parse(text) as { type?: string }).type),
  )
  if (kinds.length > 1 && !ofCharacters)
    notes.push(
      `Different tokenizers (${kinds.join('; ')}): a text of one length in tokens has another in characters, so texts, latencies and numbers of tokens compare within one tokenizer alone.`,
    )
  const unsigned = models.flatMap(({ name, manifest }) => (manifest.numbersSha256 === undefined ? name : []))
  if (unsigned.length > 0)
    notes.push(
      `Manifests of an older version, without a hash that would show an edit: ${unsigned.join(', ')}.`,
    )
  return notes
}
