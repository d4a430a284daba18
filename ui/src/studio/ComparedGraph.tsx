import { useQuery } from '@tanstack/react-query';
import type { Graph } from '../graph/compile';
import { ChangedGraph } from './ChangedGraph';
import { asWritten } from './written';

/** What a version looks like. */
export interface Look {
  graph: Graph | null;
  /** Its text, where the graph does not have all of it. */
  text?: string;
}

interface Props {
  from: string;
  to: string;
  lookAt: (version: string) => Promise<Look>;
}

/** What two versions differ in, on one canvas. */
export function ComparedGraph({ from, to, lookAt }: Props) {
  const graphOf = async (version: string) => {
    const { graph, text } = await lookAt(version);
    return graph && text !== undefined ? asWritten(graph, text) : graph;
  };
  const graphs = useQuery({
    queryKey: ['compared graphs', from, to],
    queryFn: () => Promise.all([graphOf(from), graphOf(to)]),
    gcTime: 0,
  });
  if (graphs.isPending) return <div className="changes-room" />;
  if (!graphs.data) return null;
  return <ChangedGraph before={graphs.data[0]} after={graphs.data[1]} />;
}
