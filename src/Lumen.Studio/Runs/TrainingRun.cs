using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Lumen.Training;

namespace Lumen.Studio.Runs;

/// <summary>Where a training is in its life.</summary>
internal enum TrainingState
{
    /// <summary>A few pictures and steps are measured.</summary>
    Estimating,

    /// <summary>The estimate is there; nothing goes on until it is started.</summary>
    Estimated,

    /// <summary>Pictures are read, encoded and laid out.</summary>
    Preparing,

    /// <summary>Steps are made.</summary>
    Training,

    /// <summary>All steps are done, and the adapter is there.</summary>
    Done,

    /// <summary>Somebody stopped it; it can go on from its checkpoint.</summary>
    Stopped,

    /// <summary>It ended with a fault.</summary>
    Failed,

    /// <summary>The studio ended meanwhile; it can go on from its last checkpoint.</summary>
    Interrupted,
}

/// <summary>What a training will take, as it was measured before the start.</summary>
/// <param name="Seconds">All of it.</param>
/// <param name="PreparationSeconds">Before the first step.</param>
/// <param name="SecondsPerStep">A step.</param>
/// <param name="ValidationSeconds">Figures and previews on the way, all together.</param>
/// <param name="Parameters">Trained values.</param>
/// <param name="MemoryBytes">Peak of the process.</param>
/// <param name="CheckpointBytes">Disk for checkpoints.</param>
/// <param name="CacheBytes">Disk for pictures, latents and layouts.</param>
/// <param name="Text">The same in a sentence.</param>
internal sealed record TrainingEstimateView(
    double Seconds,
    double PreparationSeconds,
    double SecondsPerStep,
    double ValidationSeconds,
    long Parameters,
    long MemoryBytes,
    long CheckpointBytes,
    long CacheBytes,
    string Text
)
{
    /// <summary>A forecast of the library.</summary>
    public static TrainingEstimateView Of(TrainingForecast forecast) =>
        new(
            Math.Round(forecast.Time.TotalSeconds, 1),
            Math.Round(forecast.Preparation.Sum(part => part.Time.TotalSeconds), 1),
            Math.Round(forecast.Step.TotalSeconds, 4),
            Math.Round(forecast.Validation.TotalSeconds, 1),
            forecast.Size.Parameters,
            forecast.Size.MemoryBytes,
            forecast.Size.CheckpointBytes,
            forecast.Size.CacheBytes,
            forecast.ToString()
        );
}

/// <summary>A point of a training's curve.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean training loss since the point before.</param>
/// <param name="SecondsPerStep">Mean over the session.</param>
/// <param name="Figures">Held-out figures where this step has them: <c>validation_loss</c>, <c>layout_agreement</c>.</param>
internal sealed record TrainingPoint(long Step, double Loss, double SecondsPerStep, IReadOnlyDictionary<string, double> Figures);

/// <summary>A training as it stands: plain data that never changes; <c>run.json</c> holds all but the curve.</summary>
internal sealed record TrainingRun
{
    /// <summary>What was asked for.</summary>
    public required TrainingForm Form { get; init; }

    public TrainingState State { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public TrainingEstimateView? Estimate { get; init; }

    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>What is being done, in words.</summary>
    public string? Note { get; init; }

    /// <summary>What the library said on the way.</summary>
    public ImmutableList<string> Notes { get; init; } = [];

    /// <summary>Why it failed, in whole sentences.</summary>
    public string? Fault { get; init; }

    /// <summary>The curve, kept in <c>progress.jsonl</c>.</summary>
    [JsonIgnore]
    public ImmutableList<TrainingPoint> Points { get; init; } = [];

    /// <summary>Name of the run and of its folder.</summary>
    [JsonIgnore]
    public string Name => Form.Name;

    /// <summary>Whether it is being worked at.</summary>
    [JsonIgnore]
    public bool IsActive => State is TrainingState.Estimating or TrainingState.Preparing or TrainingState.Training;

    /// <summary>Whether it can be started or go on.</summary>
    [JsonIgnore]
    public bool CanStart => !IsActive && State != TrainingState.Done;

    /// <summary>Seconds to the last step; null where nobody knows yet.</summary>
    [JsonIgnore]
    public double? SecondsLeft =>
        State == TrainingState.Training && Points is [.., var last] ? last.SecondsPerStep * (Form.MaxTrainSteps - Step) : null;
}
