namespace Lumen.Studio.Jobs;

/// <summary>
/// The order in which waiting jobs come: clients take turns, the one that waited longest for a turn first, and each client's jobs come by
/// their place.
/// </summary>
internal static class FairOrder
{
    /// <summary>All waiting jobs in the order in which they will run.</summary>
    /// <param name="waiting">The jobs.</param>
    /// <param name="turns">Number of the last turn that each client had; absent for none.</param>
    public static IReadOnlyList<Job> Of(IEnumerable<Job> waiting, IReadOnlyDictionary<string, long> turns)
    {
        var queues = waiting
            .GroupBy(job => job.Client, StringComparer.Ordinal)
            .Select(group => (Turn: turns.GetValueOrDefault(group.Key, -1), Jobs: new Queue<Job>(group.OrderBy(job => job.Place))))
            .ToList();
        var order = new List<Job>();
        var next = turns.Values.DefaultIfEmpty(0).Max() + 1;
        while (queues.Count > 0)
        {
            var at = Enumerable.Range(0, queues.Count).MinBy(index => (queues[index].Turn, queues[index].Jobs.Peek().Place));
            var (_, jobs) = queues[at];
            order.Add(jobs.Dequeue());
            queues[at] = (next++, jobs);
            if (jobs.Count == 0)
                queues.RemoveAt(at);
        }
        return order;
    }
}
