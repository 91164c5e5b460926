using Lumen.Hub;

namespace Lumen.Studio;

/// <summary>What the studio is started with.</summary>
public sealed record StudioOptions
{
    /// <summary>Address that others reach the studio at by default: this machine only.</summary>
    public const string Loopback = "127.0.0.1";

    /// <summary>The usual port.</summary>
    public const int UsualPort = 7117;

    /// <summary>A diffusers folder or a <c>.safetensors</c> file.</summary>
    public required string Model { get; init; }

    /// <summary>Device, adapter and the like.</summary>
    public LumenOptions Pipeline { get; init; } = new();

    /// <summary>Folder for pictures, layouts and the data base; made if absent.</summary>
    public required string Gallery { get; init; }

    /// <summary>Folder whose subfolders are the data sets that may be opened; null: none.</summary>
    public string? Datasets { get; init; }

    /// <summary>
    /// Folder whose subfolders are adapters that pictures can be steered by, beside those in the model's own folder; null: none.
    /// </summary>
    public string? Adapters { get; init; }

    /// <summary>Where models are fetched from when a person asks for one; null: nothing is fetched.</summary>
    public HubOptions? Hub { get; init; }

    /// <summary>Port, 1 to 65535; 0 takes any that is free.</summary>
    public int Port { get; init; } = UsualPort;

    /// <summary>Address to listen at: an IP address of this machine, or <c>localhost</c>.</summary>
    public string Listen { get; init; } = Loopback;

    /// <summary>
    /// The token that every request needs where <see cref="Listen"/> is not this machine alone, at least 16 characters; null makes one.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>
    /// Jobs that are computed at once; null: two on a processor of several cores where the model is small enough to be opened twice,
    /// otherwise one.
    /// </summary>
    public int? Lanes { get; init; }

    /// <summary>What one request, and all of them together, may ask for.</summary>
    public StudioLimits Limits { get; init; } = new();

    /// <summary>Whether prompts may stand in the log.</summary>
    public bool LogsPrompts { get; init; }

    /// <summary>Told what the studio logs, a line at a time.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>Bounds of the studio; what exceeds them is refused with status 429 and a sentence.</summary>
public sealed record StudioLimits
{
    /// <summary>Jobs that wait, of all clients together.</summary>
    public int WaitingJobs { get; init; } = 200;

    /// <summary>Jobs of one client that wait.</summary>
    public int WaitingJobsOfClient { get; init; } = 100;

    /// <summary>Pictures of one job.</summary>
    public int Pictures { get; init; } = 64;

    /// <summary>Longest side of a picture in pixels.</summary>
    public int Side { get; init; } = 1024;

    /// <summary>New pictures of each picture of a data set.</summary>
    public int Variants { get; init; } = 20;

    /// <summary>Denoising steps.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Bytes of an uploaded picture.</summary>
    public int UploadBytes { get; init; } = 32 << 20;

    /// <summary>Pixels of an uploaded picture.</summary>
    public long UploadPixels { get; init; } = 24_000_000;

    /// <summary>Optimiser steps of a training.</summary>
    public long TrainingSteps { get; init; } = 100_000;

    /// <summary>Trainings that are kept.</summary>
    public int Trainings { get; init; } = 50;

    /// <summary>Letters of a prompt.</summary>
    public int PromptLetters { get; init; } = 2000;

    /// <summary>Items of a data set among which a few are chosen to be shown.</summary>
    public int SampledItems { get; init; } = 2000;

    /// <summary>Event streams that are open at once.</summary>
    public int EventStreams { get; init; } = 100;
}
