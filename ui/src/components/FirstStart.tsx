import { Command } from './Command';
import { Empty } from './Empty';

/** What to do with a server on which there is nothing. */
export function FirstStart() {
  return (
    <Empty title="There is no workflow yet">
      <p>A workflow is a file in the Amazon States Language. Put it on this server, then start it:</p>
      <Command text={`compasso push hello.asl.json --endpoint ${location.origin}`} />
      <Command text={`compasso start hello --input '{}' --endpoint ${location.origin}`} />
      <p>A pipeline is a graph of tasks in YAML:</p>
      <Command text={`compasso push hello.pipeline.yaml --endpoint ${location.origin}`} />
    </Empty>
  );
}
