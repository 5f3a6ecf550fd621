/** @file The results layout of EleutherAI's lm-evaluation-harness: a folder a model, tasks by name, `metric,filter` keys. */
import { metricTable, type Results } from '@trivium/schema'
import { slug } from '../members.ts'
import { figuresOf, type Measured, settingName, taskOf } from './figures-of.ts'

/** The harness writes `N/A` where a standard error is unknown. */
const unknown = 'N/A'

/** A task here is a task there; what was drawn by a sampler is a task for each setting of it. */
export function toLmEval(results: Results): { path: string; value: unknown }[] {
  const { provenance, createdAt } = results
  const date = createdAt.replaceAll(':', '-')
  return figuresOf(results).map(({ model, folder, measured }) => {
    const tasks = byName(measured)
    const byTask = <T>(of: (all: readonly Measured[]) => T): Record<string, T> =>
      Object.fromEntries([...tasks].map(([name, all]) => [name, of(all)]))
    return {
      path: `${folder}/results_${slug(date)}.json`,
      value: {
        results: byTask((all) => ({ alias: nameOf(all[0]), ...Object.assign({}, ...all.map(valuesOf)) })),
        group_subtasks: byTask(() => []),
        configs: byTask((all) => ({
          task: nameOf(all[0]),
          output_type: all[0].point === null ? 'loglikelihood_rolling' : 'generate_until',
          generation_kwargs: all[0].point?.sampler ?? null,
          metadata: { version: taskOf(all[0].metric.task).version },
        })),
        versions: byTask((all) => taskOf(all[0].metric.task).version),
        'n-shot': byTask(() => 0),
        higher_is_better: byTask((all) =>
          Object.fromEntries(
            all.map(({ metric: { name } }) => {
              const { better } = metricTable[name]
              return [name, better === 'held-out' ? null : better === 'higher']
            }),
          ),
        ),
        'n-samples': byTask(([{ metric }]) => ({ original: metric.n, effective: metric.n })),
        config: {
          model: 'trivium',
          model_args: `checkpoint=${model.checkpointSha256}`,
          model_num_parameters: model.parameters,
          device: provenance.engine,
          random_seed: provenance.seeds[0] ?? null,
        },
        git_hash: provenance.gitSha,
        date: Math.floor(Date.parse(createdAt) / 1000) || 0,
        model_source: 'trivium',
        model_name: model.label,
        model_name_sanitized: slug(model.label),
        total_evaluation_time_seconds: String(results.wallSeconds),
      },
    }
  })
}

function byName(measured: readonly Measured[]): Map<string, Measured[]> {
  const tasks = new Map<string, Measured[]>()
  for (const one of measured) tasks.set(nameOf(one), [...(tasks.get(nameOf(one)) ?? []), one])
  return tasks
}

const nameOf = ({ point, metric }: Measured): string =>
  `${taskOf(metric.task).name}${point === null ? '' : `/${settingName(point)}`}`

const valuesOf = ({ metric: { name, value, stderr } }: Measured): Record<string, number | string> => ({
  [`${name},none`]: value,
  [`${name}_stderr,none`]: stderr ?? unknown,
})
