/**
 * The circles of a graph, each as the shortest way from one of its members back to it: `['a', 'b', 'a']`. There is one
 * for each knot of members that all reach each other.
 */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const seen = new Set<string>();
  const circles: string[][] = [];
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    const circle = wayBack(graph, start);
    if (circle === undefined) continue;
    circles.push(circle);
    // The other members of this knot would show the same knot again.
    const reached = reachedFrom(graph, start);
    for (const member of reached) {
      if (reachedFrom(graph, member).has(start)) seen.add(member);
    }
  }
  return circles;
}

/** Breadth first, so that the first way found is a shortest one. */
function wayBack(graph: ReadonlyMap<string, readonly string[]>, start: string): string[] | undefined {
  const ways = [[start]];
  const visited = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next];
      if (!visited.has(next)) ways.push([...way, next]);
      visited.add(next);
    }
  }
  return undefined;
}

function reachedFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [start];
  for (const node of waiting) {
    for (const next of graph.get(node) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  return reached;
}
