using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Metrics;
using Lumen.Research.Evaluation;
using Lumen.Training.Data;
using static TorchSharp.torch;
using Values = System.Collections.Generic.SortedDictionary<string, double[]>;

namespace Lumen.Research.Studies;

/// <summary>
/// What is measured of every picture that was made from a reference: agreement of layouts, text, what the evaluator sees, and per
/// reference how much its pictures differ.
/// </summary>
/// <param name="bench">The first layout adapter, classifiers and evaluator.</param>
public sealed class StudyPictureMetrics(StudyBench bench)
{
    /// <summary>The rows of some references under one condition.</summary>
    /// <param name="condition">The condition; its floor's rows are added where it has one.</param>
    /// <param name="references">The references.</param>
    /// <param name="seeds">For each seed, 1...n, a picture a reference.</param>
    public IReadOnlyList<StudyRow> Rows(
        StudyCondition condition,
        IReadOnlyList<StudyReference> references,
        IReadOnlyList<IReadOnlyList<Picture>> seeds
    )
    {
        using var scope = NewDisposeScope();
        var (rows, floors) = (new List<StudyRow>(), new List<StudyRow>());
        var maps = bench.FirstLayoutAdapter is { } adapter ? Maps(adapter, references, seeds) : null;
        LabelledPicture[][] truths =
        [
            .. references.Select(reference =>
                condition.HasFloor ? new[] { reference.Labelled, bench.Reference(reference.Index + 1).Labelled } : [reference.Labelled]
            ),
        ];
        for (var seed = 0; seed < seeds.Count; seed++)
        {
            var streets = references.OfType<StreetReference>().ToArray();
            var right =
                streets.Length == references.Count
                    ? bench.Classifiers.Right(seeds[seed], [.. streets.Select(street => street.Wanted)])
                    : [];
            var (seen, features) = (bench.Evaluator?.Compare(seeds[seed], truths), bench.Evaluator?.Features(seeds[seed]));
            for (var i = 0; i < references.Count; i++)
            {
                var values = seen is null ? new Values(StringComparer.Ordinal) : seen[i][0];
                for (var attribute = 0; attribute < right.Count; attribute++)
                    values[AppearanceClassifiers.Attributes[attribute].Name] = [right[attribute][i]];
                if (maps is not null)
                    values["agreement"] = [maps.Agreements[seed][i]];
                if (features is not null)
                    values["features"] = features[i];
                rows.Add(new StudyRow(condition.Id, references[i].Index, seed + 1, values));
                if (condition.HasFloor && seen is not null)
                    floors.Add(new StudyRow(condition.Floor, references[i].Index, seed + 1, seen[i][1]));
            }
        }
        if (seeds.Count > 1)
            rows.AddRange(
                references.Select(
                    (reference, i) =>
                        new StudyRow(condition.Id, reference.Index, 0, Differences(maps, [.. seeds.Select(pictures => pictures[i])], i))
                )
            );
        return [.. rows, .. floors];
    }

    /// <summary>Mean over pairs of the root of the mean squared difference of coded values, 0...1.</summary>
    public static double PixelDiversity(IReadOnlyList<Picture> variants)
    {
        var distances = new List<double>();
        for (var i = 0; i < variants.Count; i++)
        {
            for (var j = i + 1; j < variants.Count; j++)
                distances.Add(Math.Sqrt(PictureError.MeanSquared(variants[i].Rgb, variants[j].Rgb)) / 255);
        }
        return distances.Average();
    }

    /// <summary>Mean cosine over cells between layouts, one by one.</summary>
    /// <param name="results">[n, N, h, w].</param>
    /// <param name="references">[n, N, h, w].</param>
    public static double[] Agreements(Tensor results, Tensor references)
    {
        using var scope = NewDisposeScope();
        Shape.Require(references, nameof(references), Shape.Text(results.shape), s => s.AsSpan().SequenceEqual(results.shape));
        return
        [
            .. nn.functional.cosine_similarity(results, references, 1).mean([1, 2]).data<float>().ToArray().Select(value => (double)value),
        ];
    }

    private Values Differences(FeatureMaps? maps, Picture[] variants, int reference)
    {
        using var scope = NewDisposeScope();
        var values = new Values(StringComparer.Ordinal) { ["diversity_pixels"] = [PixelDiversity(variants)] };
        if (maps is not null)
            values["diversity_base"] = [Diversity.OfMaps([stack(maps.Features.Select(features => features[reference]))])];
        if (bench.Evaluator is { } evaluator)
            values["diversity"] = [evaluator.Diversity(variants)];
        return values;
    }

    private FeatureMaps Maps(StudyAdapter adapter, IReadOnlyList<StudyReference> references, IReadOnlyList<IReadOnlyList<Picture>> seeds)
    {
        var basis = adapter.Layout!.Basis;
        var own = adapter.LayoutsOf([.. references.Select(reference => reference.Picture)], bench);
        Tensor[] features = [.. seeds.Select(pictures => adapter.FeaturesOf(pictures, bench))];
        return new FeatureMaps(features, [.. features.Select(of => Agreements(basis.Project(of), own))]);
    }

    private sealed record FeatureMaps(Tensor[] Features, double[][] Agreements);
}
