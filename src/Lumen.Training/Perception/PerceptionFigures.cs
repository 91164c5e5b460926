using System.Runtime.InteropServices;
using Lumen.Core.Processes;
using Lumen.Metrics;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training.Perception;

/// <summary>
/// Compares evaluations with the truth, over any number of pictures. Depth counts nearer than <see cref="LabelledPicture.Farthest"/>,
/// normals where there is such depth (or where depth is not known). Things of fewer visible pixels than <paramref name="leastPixels"/> are
/// void in the panoptic figures and have no orientation. The heading of an object is the mean direction over its true pixels, whatever
/// class the network sees there: a car that is missing in a picture counts as wrong, not as absent.
/// </summary>
/// <param name="classes">The network's classes; the true labels are these.</param>
/// <param name="leastPixels">Smallest object that counts.</param>
public sealed class PerceptionFigures(PerceptionClasses classes, int leastPixels = 16)
{
    private const int BatchSize = 16;
    private const int FirstThing = 1024; // segment ids below are stuff: class id + 1
    private readonly DepthErrors _depth = new();
    private readonly NormalErrors _normals = new();
    private readonly OrientationErrors _orientation = new();
    private int _segmented;

    /// <summary>Pictures so far.</summary>
    public int Pictures { get; private set; }

    /// <summary>Pixels by true and predicted class.</summary>
    public ConfusionMatrix Confusion { get; } = new(Math.Max(1, classes.Count), LabelledPicture.Ignore);

    /// <summary>Segments by class: things one by one, stuff as one a class.</summary>
    public PanopticQuality Panoptic { get; } = new(Math.Max(1, classes.Count));

    /// <summary>Everything that is counted and added up, in a fixed order.</summary>
    internal IReadOnlyList<IPartialFigures> Parts => [Confusion, Panoptic, _depth, _normals, _orientation];

    /// <summary>Pictures, and those among them that have segments.</summary>
    internal (int Pictures, int Segmented) Seen
    {
        get => (Pictures, _segmented);
        set => (Pictures, _segmented) = value;
    }

    /// <summary>Evaluates a whole set.</summary>
    /// <param name="evaluator">The network.</param>
    /// <param name="data">Pictures with what is true.</param>
    /// <param name="progress">Pictures done.</param>
    /// <param name="processes">
    /// The processes that share the pictures, pass by pass, each with the same network and set; null for this one alone. All of them have
    /// the same figures in the end, bit for bit those of one process.
    /// </param>
    /// <param name="stop">Ends the work.</param>
    /// <exception cref="LumenException">The set has other classes than the network.</exception>
    public static PerceptionReport Of(
        PerceptionEvaluator evaluator,
        PerceptionData data,
        IProgress<int>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        evaluator.Classes.RequireSame(data.Classes);
        processes ??= new SingleProcess();
        var passes = Enumerable.Range(0, data.Count).Chunk(BatchSize).ToArray();
        var sum = new PerceptionSum(evaluator.Classes);
        foreach (var pass in processes.Claim(passes.Length))
        {
            stop.ThrowIfCancellationRequested();
            var figures = new PerceptionFigures(evaluator.Classes);
            LabelledPicture[] truths = [.. passes[pass].Select(index => data[index])];
            using var evaluation = evaluator.Evaluate([.. truths.Select(truth => truth.Picture)]);
            figures.Add(evaluation, truths);
            sum.Add(pass, figures);
            progress?.Report(passes[pass][^1] + 1);
        }
        return sum.Over(processes).Report();
    }

    /// <summary>Takes in one picture of an evaluated batch.</summary>
    /// <param name="evaluation">What the network sees.</param>
    /// <param name="index">Position in the batch.</param>
    /// <param name="truth">What is true; parts that are null are left out.</param>
    /// <exception cref="LumenException">A true label is no class.</exception>
    public void Add(PerceptionEvaluation evaluation, int index, LabelledPicture truth)
    {
        using var scope = NewDisposeScope();
        Pictures++;
        if (truth.Labels is { } labels && evaluation.Labels is { } seen)
        {
            var found = Array.ConvertAll(Values<long>(seen[index], labels.Length), id => (byte)id);
            Confusion.Add(labels, found);
            if (truth.Instances is { } instances && evaluation.Instances is { } groups)
                AddSegments(labels, instances, found, Values<int>(groups[index], labels.Length));
        }
        if (truth.Depth is { } depth && evaluation.Depth is { } metres)
            _depth.Add(Array.ConvertAll(depth, IsNear), Values<float>(metres[index], depth.Length));
        if (truth.Normals is { } normals && evaluation.Normals is { } vectors)
            AddNormals(normals, truth.Depth, Values<float>(vectors[index].permute(1, 2, 0), normals.Length));
        if (truth is { Yaw: { } yaw, Labels: { } classed, Instances: { } objects } && evaluation.Yaw is { } heading)
            AddHeadings(yaw, classed, objects, Values<float>(heading[index], yaw.Length));
    }

    /// <summary>Takes in an evaluated batch.</summary>
    /// <inheritdoc cref="Add(PerceptionEvaluation, int, LabelledPicture)"/>
    public void Add(PerceptionEvaluation evaluation, IReadOnlyList<LabelledPicture> truths)
    {
        for (var i = 0; i < truths.Count; i++)
            Add(evaluation, i, truths[i]);
    }

    /// <summary>The figures so far; null where there was nothing to compare.</summary>
    public PerceptionReport Report() =>
        new()
        {
            Pictures = Pictures,
            MeanIoU = Confusion.Count > 0 ? Confusion.MeanIoU : null,
            PixelAccuracy = Confusion.Count > 0 ? Confusion.PixelAccuracy : null,
            ClassIoU = Confusion.Count > 0 ? [.. classes.Names.Zip(Confusion.IoU, KeyValuePair.Create)] : [],
            Depth = _depth.Count > 0 ? _depth.Figures() : null,
            NormalDegrees = _normals.Count > 0 ? _normals.Mean : null,
            NormalMedianDegrees = _normals.Count > 0 ? _normals.Median : null,
            Pq = _segmented > 0 ? Panoptic.Pq : null,
            ThingPq =
                _segmented > 0 && classes.Things.Any(id => Panoptic.PerClass[id].Any)
                    ? classes.Things.Where(id => Panoptic.PerClass[id].Any).Average(id => Panoptic.PerClass[id].Pq)
                    : null,
            InstanceRecall =
                _segmented > 0 && Panoptic.Recall([.. classes.Things]) is var recall && double.IsFinite(recall) ? recall : null,
            Instances = _segmented > 0 ? classes.Things.Sum(id => Panoptic.PerClass[id].Matched + Panoptic.PerClass[id].Missed) : 0,
            OrientationDegrees = _orientation.Count > 0 ? _orientation.Mean : null,
            OrientationMedianDegrees = _orientation.Count > 0 ? _orientation.Median : null,
            Oriented = _orientation.Count,
        };

    private static float IsNear(float metres) => metres < LabelledPicture.Farthest ? metres : 0;

    private static T[] Values<T>(Tensor map, int expected)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(map.detach().cpu().contiguous().bytes).ToArray();
        return values.Length == expected
            ? values
            : throw new ArgumentException(
                $"The evaluated picture has {values.Length} values where the truth has {expected}: both must have one size.",
                nameof(map)
            );
    }

    private void AddNormals(float[] normals, float[]? depth, float[] found)
    {
        var valid = depth is null ? default : Array.ConvertAll(depth, metres => metres is > 0 and < LabelledPicture.Farthest).AsSpan();
        _normals.Add(normals, found, valid);
    }

    private void AddSegments(byte[] labels, ushort[] instances, byte[] found, int[] groups)
    {
        _segmented++;
        var sizes = new Dictionary<int, int>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (instances[i] != 0 && classes.Things.Contains(labels[i]))
                sizes[instances[i]] = sizes.GetValueOrDefault(instances[i]) + 1;
        }
        Panoptic.Add(
            Segments(labels, i => sizes.GetValueOrDefault(instances[i]) >= leastPixels ? instances[i] : 0),
            Segments(found, i => groups[i])
        );
    }

    private SegmentMap Segments(byte[] labels, Func<int, int> objectAt)
    {
        var (ids, known) = (new ushort[labels.Length], new Dictionary<int, int>());
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] == LabelledPicture.Ignore)
                continue;
            var thing = classes.Things.Contains(labels[i]);
            var one = thing ? objectAt(i) : 0;
            if (thing && one == 0)
                continue;
            ids[i] = (ushort)(thing ? FirstThing + one : labels[i] + 1);
            known[ids[i]] = labels[i];
        }
        return new SegmentMap(ids, known);
    }

    private void AddHeadings(float[] yaw, byte[] labels, ushort[] instances, float[] found)
    {
        var sums = new SortedDictionary<int, (double Sin, double Cos, double FoundSin, double FoundCos, int Count)>();
        for (var i = 0; i < yaw.Length; i++)
        {
            if (instances[i] == 0 || !float.IsFinite(yaw[i]) || !classes.Oriented.Contains(labels[i]))
                continue;
            var sum = sums.GetValueOrDefault(instances[i]);
            sums[instances[i]] = (
                sum.Sin + Math.Sin(yaw[i]),
                sum.Cos + Math.Cos(yaw[i]),
                sum.FoundSin + Math.Sin(found[i]),
                sum.FoundCos + Math.Cos(found[i]),
                sum.Count + 1
            );
        }
        foreach (var (sin, cos, foundSin, foundCos, _) in sums.Values.Where(sum => sum.Count >= leastPixels))
            _orientation.Add(Math.Atan2(sin, cos), Math.Atan2(foundSin, foundCos));
    }
}
