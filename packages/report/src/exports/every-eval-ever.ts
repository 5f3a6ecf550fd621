/**
 * @file Every Eval Ever's records, one for each model (schema 0.3 of evalevalai/every_eval_ever; PyPI `every-eval-ever` validates them).
 */
import { metricTable, type Results } from '@trivium/schema'
import { fileName, type Measured, measuredOf, taskOf } from './measured.ts'

const schemaVersion = '0.3.0'

/** The folder of a record in their datastore: data/<collection>/<developer>/<model>. Its file is a UUID. */
export function everyEvalEver(results: Results): { readonly folder: string; readonly record: unknown }[] {
  const at = seconds(results.createdAt)
  const all = measuredOf(results)
  return results.models.flatMap((model) => {
    const own = all.filter((one) => one.model === model)
    if (own.length === 0) return []
    const id = `trivium/${fileName(model.id)}`
    const record = {
      schema_version: schemaVersion,
      evaluation_id: `${results.name}/${id}/${at}`,
      evaluation_timestamp: at,
      retrieved_timestamp: at,
      source_metadata: {
        source_name: results.name,
        source_type: 'evaluation_run',
        source_organization_name: 'trivium',
        evaluator_relationship: 'first_party',
      },
      eval_library: { name: 'trivium', version: results.provenance.trivium },
      model_info: {
        name: model.label,
        id,
        developer: 'trivium',
        inference_engine: { name: results.provenance.engine, version: results.provenance.trivium },
        additional_details: {
          deployment_type: 'self_deployed',
          model_availability: 'open_weights',
          paradigm: model.paradigm,
          parameters: String(model.parameters),
          training_tokens: String(model.trainingTokens),
          tokenizer: model.tokenizer,
          checkpoint_sha256: model.checkpointSha256,
        },
      },
      evaluation_results: own.map((one) => resultOf(one, results)),
    }
    return [{ folder: `data/${fileName(results.name)}/${id}`, record }]
  })
}

const seconds = (iso: string): string => String(Math.floor(Date.parse(iso) / 1000))

function resultOf({ point, metric }: Measured, { dataset, provenance }: Results): unknown {
  const { name, version } = taskOf(metric)
  const { title, better, unit, meaning } = metricTable[metric.name]
  const isShare = unit === 'share'
  return {
    evaluation_result_id: `${point?.id ?? 'model'}/${metric.name}`,
    evaluation_name: point === null ? name : `${name}/${point.samplerLabel}/${point.setting}`,
    source_data: {
      dataset_name: `${dataset.name}/${dataset.view}`,
      source_type: 'other',
      additional_details: { held_out: dataset.heldOut, sha256: provenance.datasetSha256 },
    },
    metric_config: {
      evaluation_description: meaning,
      metric_id: metric.name,
      metric_name: title,
      metric_kind: metric.name,
      metric_unit: isShare ? 'proportion' : unit,
      // Neither way is better where held-out text is the mark; the schema has no word for it.
      lower_is_better: better === 'lower',
      score_type: 'continuous',
      min_score: isShare ? 0 : '-Infinity',
      max_score: isShare ? 1 : 'Infinity',
      additional_details: {
        task_version: String(version),
        better,
        ...(metric.boundType !== null && { bound: metric.boundType }),
      },
    },
    score_details: {
      score: metric.value,
      uncertainty: {
        ...(metric.stderr !== null && { standard_error: { value: metric.stderr } }),
        ...(metric.ci95 !== null && {
          confidence_interval: { lower: metric.ci95[0], upper: metric.ci95[1], confidence_level: 0.95 },
        }),
        num_samples: metric.n,
      },
    },
    ...(point !== null && {
      generation_config: {
        generation_args: 'temperature' in point.sampler ? { temperature: point.sampler.temperature } : {},
        additional_details: {
          sampler: JSON.stringify(point.sampler),
          nfe: String(point.nfe),
          token_positions: String(point.tokenPositions),
        },
      },
    }),
  }
}
