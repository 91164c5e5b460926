using Lumen.Core.Processes;

namespace Lumen.Training.Perception;

/// <summary>
/// Figures of passes that several processes make. Counts are added up as they come; sums, whose last bits depend on the order, are kept
/// for each pass and added in the order of the passes.
/// </summary>
/// <param name="classes">The network's classes.</param>
internal sealed class PerceptionSum(PerceptionClasses classes)
{
    private readonly PerceptionFigures _counted = new(classes);
    private readonly Dictionary<int, double[][]> _sums = [];

    /// <summary>Takes in a pass of this process.</summary>
    public void Add(int pass, PerceptionFigures figures)
    {
        _counted.Seen = (_counted.Seen.Pictures + figures.Seen.Pictures, _counted.Seen.Segmented + figures.Seen.Segmented);
        foreach (var (sum, part) in _counted.Parts.Zip(figures.Parts))
            sum.AddCounts([.. part.Counts]);
        _sums[pass] = [.. figures.Parts.Select(part => part.Sums.ToArray())];
    }

    /// <summary>The figures of all passes of all processes; every process calls this once.</summary>
    public PerceptionFigures Over(ICommunicator processes)
    {
        var figures = new PerceptionFigures(classes);
        double[] counts =
        [
            _counted.Seen.Pictures,
            _counted.Seen.Segmented,
            .. _counted.Parts.SelectMany(part => part.Counts).Select(count => (double)count), // exact to 2^53
        ];
        processes.Sum(counts);
        figures.Seen = ((int)counts[0], (int)counts[1]);
        var at = 2;
        foreach (var part in figures.Parts)
        {
            var count = part.Counts.Count;
            part.AddCounts(Array.ConvertAll(counts[at..(at + count)], value => (long)value));
            at += count;
        }
        foreach (var (_, sums) in Gathered(processes))
        foreach (var (part, own) in figures.Parts.Zip(sums))
            part.AddSums(own);
        return figures;
    }

    private SortedDictionary<int, double[][]> Gathered(ICommunicator processes)
    {
        using var packed = new MemoryStream();
        using var writer = new BinaryWriter(packed);
        foreach (var (pass, parts) in _sums)
        {
            writer.Write(pass);
            foreach (var part in parts)
            {
                writer.Write(part.Length);
                foreach (var value in part)
                    writer.Write(value);
            }
        }
        writer.Flush();
        var all = new SortedDictionary<int, double[][]>();
        foreach (var bytes in processes.Gather(packed.ToArray()))
        {
            using var reader = new BinaryReader(new MemoryStream(bytes));
            while (reader.BaseStream.Position < bytes.Length)
                all[reader.ReadInt32()] = [.. _counted.Parts.Select(_ => Values(reader))];
        }
        return all;
    }

    private static double[] Values(BinaryReader reader)
    {
        var values = new double[reader.ReadInt32()];
        for (var i = 0; i < values.Length; i++)
            values[i] = reader.ReadDouble();
        return values;
    }
}
