using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Lumen.Scenes;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Research.Evaluation;

/// <summary>
/// Compares choices of features by the leak test: bases are fitted to training scenes without labels; probes learn from validation scenes
/// and are asked about other validation scenes, so that deciding by the table does not touch the test split. Deterministic.
/// </summary>
public static class LeakStudy
{
    private const int FitBatch = 32;
    private const int Figures = 7; // of a row

    /// <summary>Compares blocks and timesteps of a diffusion model.</summary>
    /// <param name="model">The frozen base.</param>
    /// <param name="options">What to compare.</param>
    /// <param name="progress">Receives every choice.</param>
    /// <param name="processes">The processes that share the choices; each gets the whole table. Null for this one alone.</param>
    /// <param name="stop">Stops between batches and choices.</param>
    /// <exception cref="LumenException">A layer does not exist or has fewer channels than components are asked for.</exception>
    public static LeakTable Run(
        DiffusionModel model,
        LeakStudyOptions? options = null,
        IProgress<EvaluationProgress>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        options ??= new LeakStudyOptions();
        options.Validate();
        LeakSubject[] subjects =
        [
            .. options.Layers.SelectMany(layer =>
                options.Timesteps.Select(timestep => new LeakSubject(
                    FeatureSource.StableDiffusion,
                    LayoutAdapter.FeaturesOf(model, LayoutFitting.SourceOf(model, layer, timestep))
                ))
            ),
        ];
        return Run(subjects, model.NativeSize, options, progress, processes, stop);
    }

    /// <summary>Compares any features, on the same scenes.</summary>
    /// <param name="subjects">The features.</param>
    /// <param name="side">Side of the scenes in pixels.</param>
    /// <param name="options">Other choices to compare.</param>
    /// <param name="progress">Receives every choice.</param>
    /// <param name="processes">The processes that share the choices; each gets the whole table. Null for this one alone.</param>
    /// <param name="stop">Stops between batches and choices.</param>
    /// <exception cref="LumenException">Features have fewer channels than components are asked for.</exception>
    public static LeakTable Run(
        IReadOnlyList<LeakSubject> subjects,
        int side,
        LeakStudyOptions options,
        IProgress<EvaluationProgress>? progress = null,
        ICommunicator? processes = null,
        CancellationToken stop = default
    )
    {
        options.Validate();
        processes ??= new SingleProcess();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var fit = Scenes(SceneSplit.Train, options.FitScenes, 0);
        var probe = Scenes(SceneSplit.Validation, options.ProbeScenes, 0);
        var asking = Scenes(SceneSplit.Validation, options.AskedScenes, options.ProbeScenes);
        var random = new RandomStream(options.SceneSeed);
        var recoloured = asking.Select((scene, i) => scene.In(QuickPrompts.Other(scene.Appearance, i, random))).ToArray();
        BasisOptions[] treatments =
        [
            .. from normalisation in options.Normalisations
            from subtract in options.SubtractPositionMeans
            from penalty in options.AppearancePenalties
            select new BasisOptions
            {
                Normalisation = normalisation,
                SubtractPositionMean = subtract,
                AppearancePenalty = penalty,
            },
        ];
        var pieces = subjects.Count * treatments.Length;
        var (rows, done) = (new Dictionary<int, double[]>(), 0);
        var (current, features) = (-1, default(SubjectFeatures));
        foreach (var piece in processes.Claim(pieces))
        {
            using var one = NewDisposeScope();
            var subject = subjects[piece / treatments.Length];
            if (piece / treatments.Length != current)
            {
                features?.Dispose();
                (current, features) = (piece / treatments.Length, FeaturesOf(subject));
            }
            foreach (
                var (figures, at) in Compared(subject, features!, treatments[piece % treatments.Length]).Select((row, at) => (row, at))
            )
                rows[piece * options.Components.Count + at] = figures;
        }
        features?.Dispose();
        return new LeakTable([.. Together(rows, processes).OrderBy(row => row.Key).Select(row => Row(row.Key, row.Value))]);

        LeakRow Row(int at, double[] figures)
        {
            var (subject, treatment) = (
                subjects[at / options.Components.Count / treatments.Length],
                treatments[at / options.Components.Count % treatments.Length]
            );
            return new LeakRow(
                subject.Layer,
                subject.Extractor.Source.Timestep,
                treatment.Normalisation,
                treatment.SubtractPositionMean,
                Counts(subject)[at % options.Components.Count],
                figures[0],
                figures[1],
                new LeakFigures(figures[2], figures[3], figures[4], figures[5], figures[6])
            )
            {
                Backbone = subject.Backbone,
                AppearancePenalty = treatment.AppearancePenalty,
            };
        }

        int[] Counts(LeakSubject subject) =>
            [.. options.Components.Select(count => count == LeakStudyOptions.AllComponents ? subject.Extractor.Source.Channels : count)];

        SubjectFeatures FeaturesOf(LeakSubject subject)
        {
            using var made = NewDisposeScope();
            var isPenalised = options.AppearancePenalties.Any(penalty => penalty > 0);
            return new SubjectFeatures(
                Features(subject, fit).DetachFromDisposeScope(),
                Features(subject, probe).DetachFromDisposeScope(),
                Features(subject, asking).DetachFromDisposeScope(),
                Features(subject, recoloured).DetachFromDisposeScope(),
                isPenalised ? Altered(subject).DetachFromDisposeScope() : null,
                isPenalised && subject.Extractor.Source.Timestep >= 0 ? Again(subject).DetachFromDisposeScope() : null
            );
        }

        IEnumerable<double[]> Compared(LeakSubject subject, SubjectFeatures features, BasisOptions treatment)
        {
            var source = subject.Extractor.Source;
            var counts = Counts(subject);
            using var basis = Fit(
                source,
                (features.ToFit, treatment.AppearancePenalty > 0 ? features.Altered : null, features.Again),
                treatment with
                {
                    Components = counts.Max(),
                }
            );
            using var learned = basis.Project(features.ToLearn);
            using var asked = basis.Project(features.ToAsk);
            using var found = basis.Project(features.ToFind);
            foreach (var components in counts)
            {
                stop.ThrowIfCancellationRequested();
                // Components are nested: the first N of a larger basis are the basis of N.
                var figures = LeakProbe.Measure(
                    (learned.narrow(1, 0, components), probe),
                    (asked.narrow(1, 0, components), asking),
                    options.Probes
                );
                using var agreements = LayoutRetrieval.Agreements(found.narrow(1, 0, components), asked.narrow(1, 0, components));
                var explained = basis.Principal.ExplainedVarianceRatio.Take(components).Sum();
                progress?.Report(new EvaluationProgress("leak study", ++done, pieces * counts.Length));
                yield return
                [
                    explained,
                    LayoutRetrieval.TopOne(agreements),
                    figures.Class,
                    figures.TimeLinear,
                    figures.TimeNonlinear,
                    figures.WeatherLinear,
                    figures.WeatherNonlinear,
                ];
            }
        }

        IReadOnlyList<EvaluationScene> Scenes(SceneSplit split, int count, int first) =>
            EvaluationScene.Render(new SceneSelection(split, count, options.SceneSeed, side, first) { Detail = options.SceneDetail }, stop);

        // Features of the scenes of the fit in other colours and light.
        Tensor Altered(LeakSubject subject)
        {
            using var inner = NewDisposeScope();
            var parts = fit.Chunk(options.BatchSize)
                .Select(
                    (scenes, i) =>
                    {
                        stop.ThrowIfCancellationRequested();
                        var pictures = PhotometricJitter.Strong.Apply(
                            PictureTensor.ToTensor([.. scenes.Select(scene => scene.Picture)]),
                            random.For(i)
                        );
                        return subject.Extractor.Extract(pictures, new long[scenes.Length]);
                    }
                );
            return cat([.. parts]).cpu().MoveToOuterDisposeScope();
        }

        // One in a few of them with other noise.
        Tensor Again(LeakSubject subject)
        {
            using var inner = NewDisposeScope();
            var parts = BasisFitter
                .ForNoise(0, fit.Count)
                .Select(i => fit[i])
                .Chunk(options.BatchSize)
                .Select(scenes =>
                {
                    stop.ThrowIfCancellationRequested();
                    var pictures = PictureTensor.ToTensor([.. scenes.Select(scene => scene.Picture)]);
                    return subject.Extractor.Extract(pictures, BasisFitter.OtherNoise(new long[scenes.Length]), stop);
                });
            return cat([.. parts]).cpu().MoveToOuterDisposeScope();
        }

        Tensor Features(LeakSubject subject, IReadOnlyList<EvaluationScene> scenes) =>
            FeatureCells.Extract(subject.Extractor, [.. scenes.Select(scene => scene.Picture)], (options.BatchSize, 1), _ => { }, stop);
    }

    // The rows of all processes. What is measured travels; what was asked for is known everywhere.
    private static Dictionary<int, double[]> Together(Dictionary<int, double[]> own, ICommunicator processes)
    {
        if (processes.Size == 1)
            return own;
        using var packed = new MemoryStream();
        using var writer = new BinaryWriter(packed);
        foreach (var (row, figures) in own)
        {
            writer.Write(row);
            foreach (var figure in figures)
                writer.Write(figure);
        }
        var all = new Dictionary<int, double[]>();
        foreach (var part in processes.Gather(packed.ToArray()))
        {
            using var reader = new BinaryReader(new MemoryStream(part));
            while (reader.BaseStream.Position < part.Length)
                all[reader.ReadInt32()] = [.. Enumerable.Range(0, Figures).Select(_ => reader.ReadDouble())];
        }
        return all;
    }

    private static LayoutBasis Fit(FeatureSource source, (Tensor Own, Tensor? Altered, Tensor? Again) features, BasisOptions options)
    {
        using var fitter = new BasisFitter(options, source);
        var altered = features.Altered?.split(FitBatch);
        foreach (var (batch, i) in features.Own.split(FitBatch).Select((batch, i) => (batch, i)))
            fitter.Add(batch, altered?[i]);
        if (fitter.TakesNoise && features.Again is { } again)
            fitter.AddNoise(
                features.Own[tensor(BasisFitter.ForNoise(0, (int)features.Own.shape[0]).Select(i => (long)i).ToArray())],
                again
            );
        return fitter.Fit();
    }

    // Of the scenes of the fit, of the probes, of those that are asked about, and of these in another appearance; [B, C, h, w] each.
    private sealed record SubjectFeatures(Tensor ToFit, Tensor ToLearn, Tensor ToAsk, Tensor ToFind, Tensor? Altered, Tensor? Again)
        : IDisposable
    {
        public void Dispose()
        {
            foreach (var features in new[] { ToFit, ToLearn, ToAsk, ToFind, Altered, Again })
                features?.Dispose();
        }
    }
}
