/** @file What TensorBoard shows of a run: the scalars of each training, and texts and confidences of what was drawn. */
import { join } from 'node:path'
import type { Results, SampleRecord } from '@trivium/schema'
import type { TrainingProgress } from '@trivium/training'
import { appendEvent, type Event, eventFile, type Summary, writeEvents } from './event-file.ts'

/** Appends each progress of a training to an event file of this sitting, beside its metrics.jsonl. */
export function trainingBoard(directory: string): (progress: TrainingProgress) => void {
  const path = eventFile(directory)
  let isFirst = true
  return (progress) => {
    appendEvent(path, { step: progress.step, summaries: scalars(progress) }, isFirst)
    isFirst = false
  }
}

function scalars({ loss, validation, tokens, tokensPerSecond }: TrainingProgress): Summary[] {
  return [
    { tag: 'loss, nats a token', scalar: loss },
    ...(validation === null ? [] : [{ tag: 'validation, bits a character', scalar: validation }]),
    { tag: 'tokens', scalar: tokens },
    { tag: 'tokens a second', scalar: tokensPerSecond },
  ]
}

/** Writes `tensorboard/<model>/` of a run: the texts of every point, and how sure each step of a first text was. */
export function writeSampleBoards(results: Results, directory: string): void {
  for (const { id } of results.models) {
    const events = results.samples.filter(({ model }) => model === id).flatMap(sampleEvents)
    if (events.length > 0)
      writeEvents(join(directory, 'tensorboard', id, 'events.out.tfevents.0000000000.samples.0.0'), events)
  }
}

/** Texts at step 0, then a histogram of the confidences of each step. */
function sampleEvents({ point, texts, trace = [] }: SampleRecord): Event[] {
  return [
    {
      step: 0,
      summaries: [{ tag: `texts/${point}`, text: texts.slice(0, 8).map(asMarkdown).join('\n\n') }],
    },
    ...trace.flatMap(({ step, confidence }): Event[] =>
      confidence === undefined || confidence.length === 0
        ? []
        : [{ step, summaries: [{ tag: `confidence/${point}`, histogram: confidence }] }],
    ),
  ]
}

/** A code block: TensorBoard renders Markdown, which a text of a model is not. */
const asMarkdown = (text: string): string => `    ${text.replace(/\s*\n\s*/g, '\n    ')}`
