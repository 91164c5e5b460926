using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Lumen.Core.Native;
using Lumen.Generation;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

public sealed partial record TrainingTaskFactory
{
    private const int FewestPictures = 8,
        MostPictures = 32,
        FewHeldOut = 6,
        TrialSteps = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private const double DiskBytesPerSecond = 5e8;

    /// <summary>
    /// Receives what the run will take, before anything is rendered or cached; null leaves out the trial that measures it. Where it signals
    /// <see cref="Stop"/>, nothing else is done.
    /// </summary>
    public Action<TrainingForecast>? Estimated { get; init; }

    /// <summary>In a trial: what its preparations take, and that only a few pictures are used.</summary>
    private TrialTimes? Trial { get; init; }

    /// <summary>In a trial: the model that is open already.</summary>
    private DiffusionModel? Opened { get; init; }

    private const string Pictures = "pictures",
        Encoded = "latents",
        Features = "features",
        LaidOut = "layouts"; // kinds of preparations; the names of files of the cache begin so, too

    private T Measured<T>(string kind, int count, Func<T> work) => Trial is null ? work() : Trial.Measure(kind, count, work);

    private static string TrialFolder(string output) => Path.Combine(output, ".estimate");

    // The same preparations and steps with a handful of pictures, in a folder of their own; what they take is multiplied. A first pass
    // warms up, where that does not take long.
    private void Forecast(
        (Recipe Recipe, FolderPictures? Listed, TrainingCheckpoint? Checkpoint) run,
        DiffusionModel? opened,
        Func<TrainingTaskFactory, Recipe, ITrainingTask> build
    )
    {
        if (Estimated is null || Stop.IsCancellationRequested)
            return;
        var (recipe, folder, times) = (
            run.Recipe,
            TrialFolder(Output),
            new TrialTimes(Math.Clamp(run.Recipe.Training.TrainBatchSize, FewestPictures, MostPictures))
        );
        var small = recipe with
        {
            Data = recipe.Data with
            {
                Scenes = Math.Min(times.Pictures, recipe.Data.Scenes),
                ValidationScenes = Math.Min(FewHeldOut, recipe.Data.ValidationScenes),
            },
        };
        var trial = this with
        {
            Cache = Path.Combine(folder, "cache"),
            Output = folder,
            Trial = times,
            Opened = opened,
            Estimated = null,
            ResumeFrom = null,
            Note = _ => { },
            Warn = _ => { },
            Preparing = (_, _, _) => { },
        };
        var checkpoints = 0.0;
        try
        {
            var forecast = Rehearsed(run, times, () => build(trial, small));
            checkpoints = forecast.Size.CheckpointBytes;
            Estimated(forecast);
        }
        catch (LumenException)
        {
            // What cannot be used is said where it is done in earnest: a few pictures may fail where all do not.
        }
        finally
        {
            Clear(folder);
            GiveBack(); // the trial's weights, before the run's own are made
        }
        Stop.ThrowIfCancellationRequested();
        RequireRoom(times.LackingBytes);
        if (ResumeFrom is not null)
            checkpoints /= recipe.Training.CheckpointsTotalLimit + 1; // the others are there
        RequireRoomForCheckpoints(checkpoints);
    }

    // In a method of its own, so that nothing of it is held when it is done.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private TrainingForecast Rehearsed(
        (Recipe Recipe, FolderPictures? Listed, TrainingCheckpoint? Checkpoint) run,
        TrialTimes times,
        Func<ITrainingTask> build
    )
    {
        var folder = TrialFolder(Output);
        var watch = Stopwatch.StartNew();
        var task = Prepared();
        if (watch.Elapsed < Patience)
        {
            Forget(task);
            GiveBack();
            task = Prepared();
        }
        var forecast = Measured(run, Alone(), task, times);
        Forget(task);
        return forecast;

        Trainer Alone() =>
            new(task, run.Recipe.Training with { MaxTrainSteps = long.MaxValue }, folder, new Core.Processes.SingleProcess(Processes));

        ITrainingTask Prepared()
        {
            Clear(folder);
            times.Clear();
            Directory.CreateDirectory(folder);
            return build();
        }
    }

    private static void Forget(ITrainingTask task)
    {
        foreach (var module in task.Trained.Values)
            module.Dispose(); // replicas' are views of these
    }

    // To the system, which networks ask for memory.
    private static void GiveBack()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        LargeBlocks.GiveBack();
    }

    private TrainingForecast Measured(
        (Recipe Recipe, FolderPictures? Listed, TrainingCheckpoint? Checkpoint) run,
        Trainer trainer,
        ITrainingTask task,
        TrialTimes times
    )
    {
        var (training, data) = (run.Recipe.Training, run.Recipe.Data);
        var (train, heldOut) = run.Listed is { } listed
            ? (listed.Train.Count * listed.Selection.Variants, listed.HeldOut.Count)
            : (data.Scenes, data.ValidationScenes);
        var variants = (Paired?.Pictures.Count ?? 0) * (run.Listed?.Selection.Variants ?? 0);
        var fitted = run.Checkpoint?.Record?[RunEntries.Basis] is null ? run.Recipe.Layout.FitPictures : 0;
        var preparation = new List<(string, TimeSpan)>();
        foreach (var kind in times.Kinds)
        {
            var count = kind switch
            {
                Pictures => MissingPictures(run),
                Features => Math.Min(fitted, train),
                VariantPixels => FolderCorpus.Missing(run.Listed!, Paired!, Cache),
                VariantFeatures => Math.Min(fitted, variants),
                VariantLayouts => variants - VariantsInCache(run.Listed!, variants),
                _ => train + heldOut - InCache(kind, run),
            };
            times.LackingBytes += kind switch
            {
                Pictures when run.Listed is { } files => FolderCorpus.MissingBytes(files, Cache),
                VariantPixels => count * run.Listed!.Selection.Variants * times.BytesOf(kind),
                _ => count * times.BytesOf(kind),
            };
            if (count > 0)
                preparation.Add((Words(kind, count, run.Listed is null), TimeSpan.FromSeconds(count * times.SecondsOf(kind))));
        }
        var step = Seconds(() => trainer.Step(), TrialSteps);
        var steps = training.MaxTrainSteps - (run.Checkpoint?.Step ?? 0);
        GiveBack(); // a pass has tensors of other sizes than a step
        var pass = Seconds(Loss, 2) / training.TrainBatchSize;
        var looks = steps / training.ValidationSteps + (training.MaxTrainSteps % training.ValidationSteps == 0 ? 0 : 1);
        var saves = (steps / training.CheckpointingSteps + 1) * (double)trainer.Store.CheckpointBytes / DiskBytesPerSecond;
        var stored = times.Kinds.Sum(kind => times.BytesOf(kind) * (kind is VariantPixels or VariantLayouts ? variants : train + heldOut));
        using var process = Process.GetCurrentProcess();
        var size = new TrainingSize(
            trainer.Store.Count,
            process.PeakWorkingSet64,
            trainer.Store.CheckpointBytes * (training.CheckpointsTotalLimit + 1),
            (long)stored
        );
        return new TrainingForecast(
            preparation,
            steps,
            TimeSpan.FromSeconds(step),
            TimeSpan.FromSeconds(looks * task.ValidationPasses(heldOut) * pass + saves),
            size
        );

        void Loss()
        {
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            _ = task.Loss(trainer.Store.Step, training.TrainBatchSize, new Core.Tensors.RandomStream(training.Seed))
                .to_type(ScalarType.Float32)
                .item<float>();
        }
    }

    private static string Words(string kind, int count, bool scenes) =>
        kind switch
        {
            Pictures => scenes ? $"render {count} scenes" : $"read {count} pictures",
            Encoded => $"encode {count} pictures",
            Features => $"read the features of {count} for the basis",
            LaidOut => $"read the layouts of {count}",
            VariantPixels => $"read {count} variants",
            VariantFeatures => $"compare the features of {count} pairs",
            VariantLayouts => $"read the layouts of {count} variants",
            _ => $"draw the {kind.Replace('_', ' ')} of {count}",
        };

    // Mean of all but the first, which warms up; of the first where it takes long.
    private double Seconds(Action work, int most)
    {
        var (watch, count) = (Stopwatch.StartNew(), 0);
        work();
        if (watch.Elapsed > Patience)
            return watch.Elapsed.TotalSeconds;
        for (watch.Restart(); count < most && (count == 0 || watch.Elapsed < Patience); count++)
        {
            Stop.ThrowIfCancellationRequested();
            work();
        }
        return watch.Elapsed.TotalSeconds / count;
    }

    // Before the first byte is written.
    private void RequireRoom(double bytes)
    {
        var free = FreeSpace(Cache);
        if (bytes > free)
            throw new LumenException(
                LumenErrorKind.Disk,
                $"The cache needs {Gigabytes(bytes)} more for pictures and what is computed of them, but the disk of {Cache} has "
                    + $"{Gigabytes(free)} left. Free some, choose another place with `CacheFolder`, or train on fewer pictures, crops "
                    + "(crops_per_picture, horizontal_flips) or pixels (`Resolution`)."
            );
    }

    private void RequireRoomForCheckpoints(double bytes)
    {
        var free = FreeSpace(Output);
        if (bytes > free)
            throw new LumenException(
                LumenErrorKind.Disk,
                $"Checkpoints need {Gigabytes(bytes)}, with the one that is being written, but the disk of {Output} has "
                    + $"{Gigabytes(free)} left. Free some, choose another `OutputDir`, or keep fewer (checkpoints_total_limit) or "
                    + "smaller ones (\"moments\" in the recipe's optimizer)."
            );
    }

    private static string Gigabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.000} GB");

    /// <summary>Bytes that are free on the disk of a folder, which need not be there yet.</summary>
    internal Func<string, long> FreeSpace { get; init; } =
        folder =>
        {
            var place = Path.GetFullPath(folder);
            while (!Directory.Exists(place) && Path.GetDirectoryName(place) is { } above)
                place = above;
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(place)! : place).AvailableFreeSpace;
        };

    private int MissingPictures((Recipe Recipe, FolderPictures? Listed, TrainingCheckpoint? Checkpoint) run)
    {
        if (run.Listed is { } listed)
            return FolderCorpus.Missing(listed, Cache);
        var labels = run.Recipe.Kind == "perception";
        return SceneCache.Missing(run.Recipe.Data.Train, Cache, labels) + SceneCache.Missing(run.Recipe.Data.Validation, Cache, labels);
    }

    // Of what an earlier run of the same pictures left, which most likely is of the same networks.
    private int InCache(string kind, (Recipe Recipe, FolderPictures? Listed, TrainingCheckpoint? Checkpoint) run)
    {
        var (train, heldOut) = run.Listed is { } listed
            ? FolderCorpus.Identities(listed)
            : (run.Recipe.Data.Train.Name, run.Recipe.Data.Validation.Name);
        var (first, second) = run.Listed is { } one
            ? (one.Train.Count * one.Selection.Variants, one.HeldOut.Count)
            : (run.Recipe.Data.Scenes, run.Recipe.Data.ValidationScenes);
        return InCache(kind, train, first) + InCache(kind, heldOut, second);
    }

    private int VariantsInCache(FolderPictures listed, int count) =>
        InCache(VariantLayouts, LayoutIdentity(FolderCorpus.IdentityOf(listed, Paired!), FolderCorpus.Identities(listed).Train), count);

    private int InCache(string kind, string identity, int count) =>
        Directory.Exists(Cache) && Directory.EnumerateFiles(Cache, $"{kind}-{identity}*-{count}-*.safetensors").Any() ? count : 0;

    private static void Clear(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
