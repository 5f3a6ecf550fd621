/**
 * @file The results file of EleutherAI's lm-evaluation-harness, one for each model: a task for each pair of ours and a sampler
 * setting, its metrics as `name,none` beside `name_stderr,none`.
 */
import { metricTable, type Results } from '@trivium/schema'
import { fileName, type Measured, measuredOf, taskOf } from './measured.ts'

type Rows = Record<string, unknown>

export function lmEval(results: Results): { readonly folder: string; readonly record: unknown }[] {
  const all = measuredOf(results)
  const { provenance, createdAt } = results
  return results.models.flatMap((model) => {
    const own = all.filter((one) => one.model === model)
    if (own.length === 0) return []
    const tasks = new Map<string, Measured[]>()
    for (const one of own) tasks.set(taskName(one), [...(tasks.get(taskName(one)) ?? []), one])
    const byTask = (of: (measured: readonly Measured[], name: string) => unknown): Rows =>
      Object.fromEntries([...tasks].map(([name, measured]) => [name, of(measured, name)]))
    const record = {
      results: byTask((measured, name) => ({ alias: name, ...scores(measured) })),
      group_subtasks: byTask(() => []),
      configs: byTask(([{ point, metric }], name) => ({
        task: name,
        dataset_path: results.dataset.name,
        output_type: point === null ? 'loglikelihood_rolling' : 'generate_until',
        num_fewshot: 0,
        ...(point !== null && { generation_kwargs: point.sampler }),
        metadata: { version: taskOf(metric).version },
      })),
      versions: byTask(([{ metric }]) => taskOf(metric).version),
      'n-shot': byTask(() => 0),
      higher_is_better: byTask((measured) =>
        Object.fromEntries(
          measured.map(({ metric }) => [metric.name, metricTable[metric.name].better === 'higher']),
        ),
      ),
      'n-samples': byTask(([{ metric }]) => ({ original: metric.n, effective: metric.n })),
      config: {
        model: 'trivium',
        model_args: `name=${model.id},paradigm=${model.paradigm},sha256=${model.checkpointSha256}`,
        model_num_parameters: model.parameters,
        batch_size: 1,
        device: provenance.engine,
        random_seed: provenance.seeds[0] ?? null,
      },
      git_hash: provenance.gitSha,
      date: Date.parse(createdAt) / 1000,
      model_name: model.id,
      model_source: 'trivium',
      total_evaluation_time_seconds: String(results.wallSeconds),
    }
    return [{ folder: fileName(model.id), record }]
  })
}

/** `|` and spaces mean something in the harness's tables. */
const taskName = ({ point, metric }: Measured): string => {
  const { name } = taskOf(metric)
  return point === null ? name : `${name}_${point.samplerLabel}_${point.setting}`.replace(/[\s|]+/g, '-')
}

function scores(measured: readonly Measured[]): Rows {
  return Object.fromEntries(
    measured.flatMap(({ metric: { name, value, stderr } }) => [
      [`${name},none`, value],
      [`${name}_stderr,none`, stderr ?? 'N/A'],
    ]),
  )
}
