/** @file The curve of a training out of metrics.jsonl, which a crash may have torn and a person may have edited. */
import { existsSync, readFileSync } from 'node:fs'
import { readJsonLines } from '@trivium/files'
import { type TrainingCurve, trainingPointSchema } from '@trivium/schema'
import { z } from 'zod'
import { metricsFile } from './model-directory.ts'

/** What a line has beside a point is for a person who follows the file. */
const lineSchema = z.object(trainingPointSchema.shape)

/** `leftOut`: lines that hold no finite point. */
export type ReadCurve = { readonly curve: TrainingCurve; readonly leftOut: number }

/** The last line of each step: a resumed run writes the steps after its checkpoint again. */
export function readTrainingCurve(model: string, directory: string): ReadCurve {
  const path = metricsFile(directory)
  const lines = existsSync(path) ? readJsonLines(readFileSync(path, 'utf8')) : []
  const points = lines.flatMap((line) => lineSchema.safeParse(line).data ?? [])
  const byStep = new Map(points.map((point) => [point.step, point]))
  return {
    curve: { model, points: [...byStep.values()].sort((a, b) => a.step - b.step) },
    leftOut: lines.length - points.length,
  }
}
