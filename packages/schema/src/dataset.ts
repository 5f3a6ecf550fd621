/** @file dataset.yaml: where a text comes from, how it is split, and the sha256 of what must come out. */
import { z } from 'zod'

const number = z.number().int().nonnegative()
const characters = z.number().int().positive()

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

export const datasetViewSchema = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .describe('of the UTF-8 bytes of train, validation and test, one after the other'),
  characters: z.strictObject({ train: characters, validation: characters, test: characters }),
})

export const datasetDefinitionSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens'),
    title: z.string().min(1),
    licence: z.string().min(1),
    source: z.strictObject({
      type: z.literal('npm'),
      package: z.string().min(1),
      version: z.string().min(1).describe('the version whose bytes were hashed'),
      folder: z.string().min(1).describe('folder inside the package'),
      files: z
        .string()
        .min(1)
        .refine(isRegularExpression, 'wanted a regular expression')
        .describe(
          'regular expression of the file names; group 1 is the number (year, chapter) of a document, unless files are the unit',
        ),
    }),
    split: z
      .strictObject({
        unit: z
          .enum(['year', 'chapter', 'file'])
          .describe(
            'all documents of one number fall into the same split; files are counted from 0 in the order of their names',
          ),
        validation: z.array(number).nonempty(),
        test: z.array(number).nonempty(),
      })
      .describe('every number that is named nowhere is training text'),
    views: z.strictObject({
      text8: datasetViewSchema,
      general: datasetViewSchema,
      raw: datasetViewSchema,
    }),
  })
  .superRefine(({ split }, context) => {
    const both = split.test.find((n) => split.validation.includes(n))
    if (both !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['split', 'test'],
        message: `${split.unit} ${both} is also in split.validation`,
      })
  })
export type DatasetDefinition = z.infer<typeof datasetDefinitionSchema>
