using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Processes;
using Lumen.Files;

namespace Lumen.Research.Studies;

/// <summary>
/// Runs a study into a folder: units that are stored there are not done again, every unit is stored when it is done, and tables are made
/// from what is stored - so that a run that was stopped or killed and started again leaves the same files as one that was not.
/// </summary>
public sealed class StudyRun
{
    private readonly IStudy _study;
    private readonly StudyBench _bench;
    private readonly StudyStore _store;
    private readonly ICommunicator _processes;

    /// <summary>Prepares a run; nothing but <c>run.json</c> is written yet.</summary>
    /// <param name="study">The study.</param>
    /// <param name="bench">The recipe and the model.</param>
    /// <param name="folder">The output folder.</param>
    /// <param name="processes">
    /// The processes that share the units, each with a run of its own over the same folder; process 0 makes the report. Null for this one
    /// alone.
    /// </param>
    /// <exception cref="LumenException">The recipe cannot be used, the folder holds a study of other settings or weights, or another run is
    /// writing into it.</exception>
    public StudyRun(IStudy study, StudyBench bench, string folder, ICommunicator? processes = null)
    {
        (_study, _bench, _store) = (study, bench, new StudyStore(folder));
        _processes = processes ?? new SingleProcess();
        if (_processes.Size > 1 && study is not GenerationStudy)
            throw new LumenException(
                $"The study {study.Name} is made by one process: what its units share is made on the way. Start it without mpirun."
            );
        if (bench.Recipe.Study != study.Name)
            throw new LumenException(
                $"The recipe is for the study {bench.Recipe.Study}, not for {study.Name}. Give `Recipe` recipes/study-{study.Name}.json."
            );
        bench.Recipe.Validate();
        study.Check(bench.Recipe);
        if (bench.Recipe.References > bench.Available)
            throw new LumenException(
                $"The recipe asks for {bench.Recipe.References} references, but {bench.Recipe.Data!.Folder} has {bench.Available} "
                    + $"held-out pictures. Give `References` {bench.Available} or fewer."
            );
        Plan = study.Plan(bench);
        if (Plan.Units.Count == 0)
            throw new LumenException($"The study {study.Name} has nothing to do. {string.Join(" ", Plan.Skipped)}");
        _ = OutputFolder.Prepare(folder); // it stays: the run goes on in it
        FolderLock.Require(folder);
        _store.Bind(bench.Settings, Plan.Identities);
        bench.Folder = folder;
    }

    /// <summary>What there is to do.</summary>
    public StudyPlan Plan { get; }

    /// <summary>What the rest will take, by a short trial.</summary>
    public StudyEstimate Estimate()
    {
        var (open, done) = (Plan.Units.Where(unit => !_store.Has(unit)).ToArray(), Plan.Units.Where(_store.Has).Sum(unit => unit.Pictures));
        if (open.Length == 0)
            return new StudyEstimate(0, done, 0, 0);
        var side = (long)_bench.Model.NativeSize;
        var samples = open.Where(unit => unit.First < _bench.Recipe.SheetRows).Sum(unit => unit.Pictures);
        return new StudyEstimate(
            open.Sum(unit => unit.Pictures),
            done,
            Plan.SecondsPerPicture(),
            open.Sum(unit => (long)unit.Pictures) * Plan.BytesPerPicture + samples * side * side * 2
        );
    }

    /// <summary>Does what is left, and writes the report.</summary>
    /// <param name="progress">Called after every unit.</param>
    /// <param name="stop">Stops within a unit, which is then lost; what is stored stays.</param>
    /// <returns>What follows; null in processes other than 0.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was signalled.</exception>
    public StudyFindings? Run(IProgress<StudyProgress>? progress = null, CancellationToken stop = default)
    {
        _processes.Wait(); // all runs are prepared
        using var owned = _processes.Rank == 0 ? FolderLock.Take(_store.Folder, $"lumen study {_study.Name}") : null;
        (_bench.Progress, _bench.Stop) = (progress, stop);
        var (total, done) = (Plan.Units.Sum(unit => unit.Pictures), Plan.Units.Where(_store.Has).Sum(unit => unit.Pictures));
        var (watch, made) = (Stopwatch.StartNew(), 0);
        progress?.Report(new StudyProgress("pictures", done, total));
        StudyUnit[] open = [.. Plan.Units.Where(unit => !_store.Has(unit))];
        _processes.Wait(); // nobody stores a unit before all know which are open
        foreach (var claimed in _processes.Claim(open.Length))
        {
            var unit = open[claimed];
            stop.ThrowIfCancellationRequested();
            _store.Keep(unit, _study.Run(unit, _bench));
            made += unit.Pictures;
            done = total - open.Skip(claimed + 1).Sum(one => one.Pictures); // whichever process does them
            progress?.Report(new StudyProgress("pictures", done, total, watch.Elapsed / made * ((total - done) / (double)_processes.Size)));
        }
        _processes.Wait();
        if (_processes.Rank > 0)
            return null;
        progress?.Report(new StudyProgress("tables", 0, 1));
        StudyRow[] rows = [.. Plan.Units.SelectMany(_store.Rows)];
        var findings = _study.Conclude(rows, _bench, _store);
        StudyReport.Write(_store, (_study, _bench.Recipe, Plan.Skipped), rows, findings);
        progress?.Report(new StudyProgress("tables", 1, 1));
        return findings;
    }
}

/// <summary>Where a study is.</summary>
/// <param name="Stage">What is being done, in plain words.</param>
/// <param name="Done">Items that are done.</param>
/// <param name="Total">Items in all.</param>
/// <param name="Remaining">Time left, where that is known.</param>
public readonly record struct StudyProgress(string Stage, int Done, int Total, TimeSpan? Remaining = null);

/// <summary>What the rest of a study will take.</summary>
/// <param name="Pictures">Pictures still to be made.</param>
/// <param name="DonePictures">Pictures that an earlier run has stored.</param>
/// <param name="SecondsPerPicture">By a trial, measuring included.</param>
/// <param name="Bytes">Disk for what is stored.</param>
public sealed record StudyEstimate(int Pictures, int DonePictures, double SecondsPerPicture, long Bytes)
{
    /// <summary>Time in all.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Pictures * SecondsPerPicture);

    /// <summary>The estimate in a line.</summary>
    public override string ToString()
    {
        if (Pictures == 0)
            return $"nothing left to do: all {DonePictures} pictures are there";
        var stored = DonePictures > 0 ? $"; {DonePictures} are there already" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Pictures} pictures at {SecondsPerPicture:0.00} s: {Words(Time)}, {Bytes / 1e6:0.0} MB on the disk{stored}"
        );
    }

    /// <summary>A time span in words.</summary>
    public static string Words(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s"
        : $"{Math.Max(1, (int)Math.Ceiling(time.TotalSeconds))} s";
}
