/** @file Every Eval Ever's schema (PyPI every-eval-ever, evaleval.github.io): one record a model, each number with its uncertainty. */
import { type Metric, metricTable, type Results } from '@trivium/schema'
import { slug } from '../members.ts'
import { figuresOf, type Measured, type ModelFigures, settingName } from './figures-of.ts'

const schemaVersion = '0.3.0'

/** Paths as the schema's repository has them, benchmark/developer/model, and the records. */
export function toEveryEvalEver(results: Results): { path: string; value: unknown }[] {
  const created = epochOf(results.createdAt)
  return figuresOf(results).map((figures) => {
    const { folder } = figures
    const id = `${results.name}/trivium_${folder}/${created}`
    return {
      path: `${slug(results.name) || 'results'}/trivium/${folder}/${created}.json`,
      value: {
        schema_version: schemaVersion,
        evaluation_id: id,
        evaluation_timestamp: created,
        retrieved_timestamp: created,
        source_metadata: {
          source_name: 'Trivium',
          source_type: 'evaluation_run',
          source_organization_name: 'unknown',
          evaluator_relationship: 'first_party',
        },
        eval_library: { name: 'trivium', version: results.provenance.trivium },
        model_info: modelInfo(figures, results),
        evaluation_results: figures.measured.map((one) => resultOf(one, results, id)),
      },
    }
  })
}

/** Seconds since 1970, as a string. */
const epochOf = (time: string): string => String(Math.floor(Date.parse(time) / 1000) || 0)

function modelInfo({ model }: ModelFigures, { provenance }: Results): unknown {
  return {
    name: model.label,
    id: `trivium/${model.id}`,
    inference_engine: { name: provenance.engine, version: provenance.trivium },
    additional_details: {
      deployment_type: 'self_deployed',
      model_availability: 'unknown',
      paradigm: model.paradigm,
      parameters: String(model.parameters),
      training_tokens: String(model.trainingTokens),
      training_data: model.dataset,
      checkpoint_sha256: model.checkpointSha256,
    },
  }
}

function resultOf({ point, metric }: Measured, { dataset, provenance }: Results, id: string): unknown {
  const { meaning, better, title } = metricTable[metric.name]
  const setting = point === null ? '' : `/${settingName(point)}`
  return {
    evaluation_result_id: `${id}#${metric.task}${setting}/${metric.name}`,
    evaluation_name: `${metric.task}${setting}`,
    source_data: {
      dataset_name: dataset.name,
      source_type: 'other',
      additional_details: {
        view: dataset.view,
        held_out: dataset.heldOut,
        sha256: provenance.datasetSha256,
      },
    },
    metric_config: {
      evaluation_description: meaning,
      metric_id: metric.name,
      metric_name: title,
      metric_unit: metric.unit,
      lower_is_better: better === 'lower',
      score_type: 'continuous',
      ...rangeOf(metric),
      additional_details: {
        direction: better === 'held-out' ? 'neither: the value of held-out text is the mark' : better,
        ...(metric.boundType !== null && { bound_type: metric.boundType }),
      },
    },
    score_details: {
      score: metric.value,
      uncertainty: {
        num_samples: metric.n,
        ...(metric.stderr !== null && { standard_error: { value: metric.stderr, method: 'analytic' } }),
        ...(metric.ci95 !== null && {
          confidence_interval: { lower: metric.ci95[0], upper: metric.ci95[1], confidence_level: 0.95 },
        }),
      },
      ...(point !== null && {
        details: { nfe: String(point.nfe), token_positions: String(point.tokenPositions) },
      }),
    },
    ...(point !== null && {
      generation_config: {
        generation_args: generationArgs(point.sampler),
        additional_details: { sampler: JSON.stringify(point.sampler) },
      },
    }),
  }
}

/** What the value can be: a continuous score has both ends. */
function rangeOf({ unit, name }: Metric): { min_score: number | string; max_score: number | string } {
  if (unit === 'share' || unit === 'BLEU') return { min_score: 0, max_score: 1 }
  if (unit === 'ρ') return { min_score: -1, max_score: 1 }
  // A language may be more probable than its entropy rate says.
  return { min_score: name === 'oracle-gap' ? '-Infinity' : 0, max_score: 'Infinity' }
}

function generationArgs(sampler: object): Record<string, number> {
  const { temperature, topP, topK } = sampler as { temperature?: number; topP?: number; topK?: number }
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(topK !== undefined && { top_k: topK }),
  }
}
