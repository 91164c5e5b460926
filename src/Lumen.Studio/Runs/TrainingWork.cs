using System.Runtime.CompilerServices;
using Lumen.Core.Native;
using Lumen.Core.Tensors;
using Lumen.Files;
using Lumen.Studio.Datasets;
using Lumen.Training;

namespace Lumen.Studio.Runs;

/// <summary>
/// Computes trainings of adapters. The model is opened once more for as long as one runs: a run frees parts of it on the way.
/// </summary>
internal sealed class TrainingWork(StudioOptions options, StudioModel model, DatasetLibrary library, TrainingFolder folder)
{
    private const int MostNotes = 20;
    private const string Result = "controlnet";

    /// <summary>The recipe of a form.</summary>
    /// <exception cref="LumenException">There is no such data set, or an entry cannot be used.</exception>
    public Recipe RecipeOf(TrainingForm form, int nativeSize) =>
        form.ToRecipe(options.Model, (PathOf(form.Dataset), PathOf(form.Pairs?.Dataset)), nativeSize);

    /// <summary>Measures what a training will take; nothing stays.</summary>
    /// <param name="run">The training.</param>
    /// <param name="report">Changes how it stands.</param>
    /// <param name="stop">Stops between two parts.</param>
    /// <returns>How it stands at the end; for the caller to set once nothing works at it any more.</returns>
    /// <exception cref="LumenException">The recipe, the data set or the model cannot be used.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public Func<TrainingRun, TrainingRun> Estimate(
        TrainingRun run,
        Func<Func<TrainingRun, TrainingRun>, TrainingRun> report,
        CancellationToken stop
    ) => Apart(() => Measure(run, report, stop));

    /// <summary>Prepares, trains and writes the adapter; goes on from the last checkpoint where there is one.</summary>
    /// <param name="run">The training.</param>
    /// <param name="report">Changes how it stands.</param>
    /// <param name="stop">Saves a checkpoint and ends.</param>
    /// <returns>As of <see cref="Estimate"/>.</returns>
    /// <exception cref="LumenException">Something cannot be used, or the training diverged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public Func<TrainingRun, TrainingRun> Train(
        TrainingRun run,
        Func<Func<TrainingRun, TrainingRun>, TrainingRun> report,
        CancellationToken stop
    ) => Apart(() => Make(run, report, stop));

    // Networks of a run are freed by the collector: nothing of them is held when it comes.
    private static Func<TrainingRun, TrainingRun> Apart(Func<Func<TrainingRun, TrainingRun>> work)
    {
        using var threads = new ThreadScope(Threads);
        try
        {
            return work();
        }
        finally
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            LargeBlocks.GiveBack();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Func<TrainingRun, TrainingRun> Measure(
        TrainingRun run,
        Func<Func<TrainingRun, TrainingRun>, TrainingRun> report,
        CancellationToken stop
    )
    {
        report(one => one with { Note = "A few pictures and steps are measured." });
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var recipe = RecipeOf(run.Form, NativeSize(stop));
        TrainingForecast? told = null;
        var factory = Factory(run.Name, report, enough.Token) with
        {
            Estimated = forecast =>
            {
                told = forecast;
                enough.Cancel(); // nothing is prepared before somebody has seen it
            },
        };
        try
        {
            using var owned = FolderLock.Take(folder.PathOf(run.Name), "Lumen Studio");
            Build(factory, recipe);
        }
        catch (OperationCanceledException) when (told is not null && !stop.IsCancellationRequested)
        {
            // as wanted
        }
        stop.ThrowIfCancellationRequested();
        return one =>
            one with
            {
                State = TrainingState.Estimated,
                Estimate = told is null ? null : TrainingEstimateView.Of(told),
                Notes = told is null ? one.Notes.Add("A handful of these pictures was not enough for a trial.") : one.Notes,
            };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Func<TrainingRun, TrainingRun> Make(
        TrainingRun run,
        Func<Func<TrainingRun, TrainingRun>, TrainingRun> report,
        CancellationToken stop
    )
    {
        var output = folder.PathOf(run.Name);
        using var owned = FolderLock.Take(output, "Lumen Studio");
        var recipe = RecipeOf(run.Form, NativeSize(stop));
        var resume = new TrainingCheckpoints(output).Steps.Count > 0 ? "latest" : null;
        folder.Write(run.Name, recipe);
        report(one => one with { Note = "The model is opened.", Notes = [] });
        var task = Build(Factory(run.Name, report, stop) with { ResumeFrom = resume }, recipe);
        stop.ThrowIfCancellationRequested();
        var trainer = new Trainer(task, recipe.Training, output);
        var start = resume is null ? 0 : trainer.Resume(resume);
        var begun = report(one =>
            one with
            {
                State = TrainingState.Training,
                Step = start,
                Note = null,
                Points = [.. one.Points.Where(point => point.Step <= start)],
            }
        );
        folder.Write(begun);
        folder.WriteCurve(run.Name, begun.Points);
        if (!trainer.Run(new Progress(run.Name, folder, report), stop))
        {
            report(one => one with { Step = trainer.Store.Step });
            throw new OperationCanceledException(stop);
        }
        report(one => one with { Note = "The adapter is written." });
        trainer.Export(Path.Combine(output, Result));
        return one => one with { State = TrainingState.Done, Step = recipe.Training.MaxTrainSteps };
    }

    private string? PathOf(string? dataset) => dataset is null ? null : library.PathOf(dataset);

    // One core stays for the page and for pictures.
    private static int Threads => Math.Max(1, Environment.ProcessorCount - 1);

    private int NativeSize(CancellationToken stop) => model.Pipeline(stop).GetAwaiter().GetResult().NativeSize;

    private ITrainingTask Build(TrainingTaskFactory factory, Recipe recipe) => factory.Adapter(recipe, options.Model);

    private TrainingTaskFactory Factory(string name, Func<Func<TrainingRun, TrainingRun>, TrainingRun> report, CancellationToken stop)
    {
        return new(Placement.Parse(options.Pipeline.Device, options.Pipeline.Dtype), folder.Cache, folder.PathOf(name))
        {
            Stop = stop,
            Note = Noted,
            Warn = Noted,
            Preparing = (what, done, total) => report(one => one with { Note = $"{what}: {done} of {total}" }),
        };

        void Noted(string text) => report(one => one with { Notes = [.. one.Notes.TakeLast(MostNotes - 1), text] });
    }

    private sealed class Progress(string name, TrainingFolder folder, Func<Func<TrainingRun, TrainingRun>, TrainingRun> report)
        : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var point = new TrainingPoint(
                value.Step,
                Math.Round(value.Loss, 6),
                Math.Round(value.SecondsPerStep, 4),
                value.Validation.ToDictionary(figure => figure.Key, figure => Math.Round(figure.Value, 6))
            );
            folder.Append(name, point);
            report(one => one with { Step = value.Step, Points = one.Points.Add(point) });
        }
    }
}
