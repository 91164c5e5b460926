using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Metrics;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>
/// A perception network that evaluates pictures of streets: what it sees is compared with the exact truth of the reference, picture by
/// picture.
/// </summary>
public sealed class StudyEvaluator : IDisposable
{
    private static readonly string[] DiversityLayers = ["level1", "level2", "context"];
    private readonly PerceptionEvaluator _evaluator;

    private StudyEvaluator(PerceptionEvaluator evaluator) => _evaluator = evaluator;

    /// <summary>SHA-256 of the network.</summary>
    public string Hash => _evaluator.Hash;

    /// <summary>What it is, in a sentence.</summary>
    public string Description =>
        $"Evaluator: a perception network trained on real pictures alone (weights {Hash[..12]}); FID, KID and diversity are on its "
        + $"features ({_evaluator.FeatureName}) and comparable only where these are the same.";

    /// <summary>Opens the folder that <c>lumen train perception</c> wrote.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="classes">Classes of the references.</param>
    /// <exception cref="LumenException">Something is missing, or it knows other classes.</exception>
    public static StudyEvaluator Open(string folder, PerceptionClasses classes)
    {
        var evaluator = PerceptionEvaluator.Load(folder, Placement.Reference);
        if (evaluator.Classes.Equals(classes))
            return new StudyEvaluator(evaluator);
        using (evaluator)
            throw new LumenException(
                $"The evaluator {folder} knows the classes {string.Join(", ", evaluator.Classes.Names)}, but those of the references are "
                    + $"{string.Join(", ", classes.Names)}. Train one on pictures of that kind: lumen train perception."
            );
    }

    /// <summary>A network that was just trained; it is disposed with this.</summary>
    /// <param name="network">It knows the classes of streets.</param>
    public static StudyEvaluator Of(PerceptionNetwork network) => new(new PerceptionEvaluator(network));

    /// <summary>The class that is seen at every pixel.</summary>
    /// <param name="pictures">Of one size, sides divisible by 8.</param>
    /// <returns>For each picture [H, W] flattened.</returns>
    public IReadOnlyList<byte[]> Labels(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        using var evaluation = _evaluator.Evaluate(pictures);
        var seen = evaluation.Labels!.to_type(ScalarType.Byte).cpu(); // [n, H, W]
        return [.. Enumerable.Range(0, pictures.Count).Select(i => seen[i].contiguous().data<byte>().ToArray())];
    }

    /// <summary>Compares pictures with truths.</summary>
    /// <param name="pictures">Of one size, sides divisible by 8.</param>
    /// <param name="truths">For each picture the references that it is compared with.</param>
    /// <returns>For each picture the figures of each truth.</returns>
    public IReadOnlyList<IReadOnlyList<SortedDictionary<string, double[]>>> Compare(
        IReadOnlyList<Picture> pictures,
        IReadOnlyList<IReadOnlyList<LabelledPicture>> truths
    )
    {
        using var evaluation = _evaluator.Evaluate(pictures);
        return
        [
            .. truths.Select(
                (of, index) => (IReadOnlyList<SortedDictionary<string, double[]>>)[.. of.Select(truth => Figures(evaluation, index, truth))]
            ),
        ];
    }

    /// <summary>Features for FID and KID.</summary>
    /// <returns>For each picture its features.</returns>
    public IReadOnlyList<double[]> Features(IReadOnlyList<Picture> pictures)
    {
        using var scope = NewDisposeScope();
        var rows = _evaluator.Features(PictureTensor.ToTensor(pictures)).to_type(ScalarType.Float32); // [n, D]
        return
        [
            .. Enumerable
                .Range(0, pictures.Count)
                .Select(i => Array.ConvertAll(rows[i].contiguous().data<float>().ToArray(), value => (double)value)),
        ];
    }

    /// <summary>Mean perceptual distance over all pairs of pictures, summed over three layers.</summary>
    public double Diversity(IReadOnlyList<Picture> variants)
    {
        using var scope = NewDisposeScope();
        return Metrics.Diversity.OfMaps(_evaluator.FeatureMaps(PictureTensor.ToTensor(variants), DiversityLayers));
    }

    public void Dispose() => _evaluator.Dispose();

    private SortedDictionary<string, double[]> Figures(PerceptionEvaluation evaluation, int index, LabelledPicture truth)
    {
        var figures = new PerceptionFigures(_evaluator.Classes);
        figures.Add(evaluation, index, truth);
        var report = figures.Report();
        var values = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        if (figures.Confusion.Count > 0)
            values["confusion"] = Counts(figures.Confusion);
        if (report.Pq is not null)
            values["things"] = Things(figures.Panoptic);
        if (report is { OrientationDegrees: { } degrees, Oriented: > 0 })
            values["orientation"] = [degrees * report.Oriented, report.Oriented];
        if (report.Depth is { } depth)
            values["silog"] = [depth.SiLog];
        if (report.NormalDegrees is { } normal)
            values["normal"] = [normal];
        return values;
    }

    private static double[] Counts(ConfusionMatrix confusion)
    {
        var counts = new double[confusion.Classes * confusion.Classes];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = confusion[i / confusion.Classes, i % confusion.Classes];
        return counts;
    }

    // Found, unwanted, missed, sum of IoU: cars and people together.
    private double[] Things(PanopticQuality panoptic)
    {
        var all = _evaluator.Classes.Things.Aggregate(new PanopticFigures(), (sum, id) => sum.With(panoptic.PerClass[id]));
        return [all.Matched, all.Unwanted, all.Missed, all.TotalIoU];
    }
}
