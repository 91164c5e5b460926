using System.Globalization;
using Lumen.Imaging;
using Lumen.Scenes;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Predicts time of day, weather and colour of the houses of a picture: networks of one hidden layer on <see cref="PictureStatistics"/>,
/// learnt from real renders of the training split and asked about renders of the validation split. How often they are right there is the
/// ceiling of text obedience.
/// </summary>
public sealed class AppearanceClassifiers : IDisposable
{
    /// <summary>What is predicted: name, number of values, and the value in an appearance.</summary>
    internal static readonly IReadOnlyList<(string Name, int Count, Func<SceneAppearance, int> Of)> Attributes =
    [
        ("time", Enum.GetValues<TimeOfDay>().Length, appearance => (int)appearance.Time),
        ("weather", Enum.GetValues<Weather>().Length, appearance => (int)appearance.Weather),
        ("palette", Enum.GetValues<BuildingPalette>().Length, appearance => (int)appearance.Palette),
    ];

    private const ulong SceneSeed = 0xA77;
    private const int AtOnce = 250;
    private readonly MlpProbe[] _probes;

    private AppearanceClassifiers(MlpProbe[] probes, double[] accuracies, int heldOut) =>
        (_probes, Accuracies, HeldOut) = (probes, accuracies, heldOut);

    /// <summary>Share of held-out renders whose time, weather and palette are predicted right.</summary>
    public IReadOnlyList<double> Accuracies { get; }

    /// <summary>Held-out renders behind <see cref="Accuracies"/>.</summary>
    public int HeldOut { get; }

    /// <summary>What they are and how good they are, in a sentence.</summary>
    public string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Text is measured by classifiers on picture statistics, learnt from real renders; on {HeldOut} held-out renders they "
                + $"tell time {Accuracies[0]:0.000}, weather {Accuracies[1]:0.000}, palette {Accuracies[2]:0.000} (chance 0.333, "
                + $"0.250, 0.167)."
        );

    /// <summary>Renders scenes and learns from them. Deterministic.</summary>
    /// <param name="scenes">Renders to learn from; a quarter as many are held out.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="detail">How much they show.</param>
    /// <param name="progress">Receives how many are rendered.</param>
    /// <param name="stop">Ends the rendering.</param>
    public static AppearanceClassifiers Fit(
        int scenes,
        int size,
        SceneDetail detail = default,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken stop = default
    )
    {
        using var scope = NewDisposeScope();
        var heldOut = Math.Max(2, scenes / 4);
        var (fit, appearances) = Render(SceneSplit.Train, scenes, 0);
        var (asked, others) = Render(SceneSplit.Validation, heldOut, scenes);
        var options = new ProbeOptions
        {
            Epochs = 30,
            MinimumSteps = 400,
            BatchSize = 128,
            LearningRate = 0.003,
            WeightDecay = 0.05,
        };
        MlpProbe[] probes = [.. Attributes.Select(one => MlpProbe.Fit(fit, Classes(appearances, one.Of), one.Count, options))];
        double[] accuracies = [.. Attributes.Select((one, i) => probes[i].Accuracy(asked, Classes(others, one.Of)))];
        return new AppearanceClassifiers(probes, accuracies, heldOut);

        (Tensor Statistics, SceneAppearance[] Appearances) Render(SceneSplit split, int count, int before)
        {
            var (parts, seen) = (new List<Tensor>(), new SceneAppearance[count]);
            foreach (var chunk in Enumerable.Range(0, count).Chunk(AtOnce))
            {
                var pictures = new Picture[chunk.Length];
                Parallel.For(
                    0,
                    chunk.Length,
                    new ParallelOptions { CancellationToken = stop },
                    i =>
                    {
                        var seeds = SceneSeeds.For(split, chunk[i], SceneSeed);
                        var scene = StreetRenderer.Render(
                            SceneLayout.FromSeed(seeds.Layout),
                            SceneAppearance.FromSeed(seeds.Appearance, detail),
                            size,
                            size
                        );
                        (pictures[i], seen[chunk[i]]) = (new Picture(size, size, scene.Rgb), scene.Appearance);
                    }
                );
                parts.Add(PictureStatistics.Of(pictures));
                progress?.Report(new EvaluationProgress("renders for the classifiers", before + chunk[^1] + 1, scenes + heldOut));
            }
            return (cat(parts), seen);
        }

        static Tensor Classes(SceneAppearance[] all, Func<SceneAppearance, int> of) => tensor(all.Select(one => (long)of(one)).ToArray());
    }

    /// <summary>Whether pictures are of the appearances that were asked for.</summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="wanted">An appearance a picture.</param>
    /// <returns>For each attribute - time, weather, palette - 1 or 0 a picture.</returns>
    public IReadOnlyList<double[]> Right(IReadOnlyList<Picture> pictures, IReadOnlyList<SceneAppearance> wanted)
    {
        using var scope = NewDisposeScope();
        var statistics = PictureStatistics.Of(pictures);
        return
        [
            .. Attributes.Select(
                (one, i) =>
                {
                    var predicted = _probes[i].Predict(statistics).data<long>().ToArray();
                    return predicted.Select((value, picture) => value == one.Of(wanted[picture]) ? 1.0 : 0).ToArray();
                }
            ),
        ];
    }

    public void Dispose()
    {
        foreach (var probe in _probes)
            probe.Dispose();
    }
}
