using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lumen.Files;
using Lumen.Generation;
using Lumen.Studio.Api;
using Lumen.Studio.Jobs;

namespace Lumen.Studio.Pages;

/// <summary>The dials of a page, as a person turns them.</summary>
internal sealed class DialSettings
{
    public string Prompt { get; set; } = "";

    public string NegativePrompt { get; set; } = "";

    public int Steps { get; set; } = 20;

    public double Guidance { get; set; } = 3;

    /// <summary>Fractions of the steps between which guidance acts.</summary>
    public double GuidanceStart { get; set; }

    public double GuidanceEnd { get; set; } = 1;

    /// <summary>Guidance by the layout; 1 is off.</summary>
    public double LayoutGuidance { get; set; } = 1;

    /// <summary>The whole denoiser is computed in every N-th step.</summary>
    public int CacheInterval { get; set; } = 1;

    public bool IsDecodedInTiles { get; set; }

    /// <summary>DDIM's η.</summary>
    public double Eta { get; set; }

    public double Conditioning { get; set; } = 1;

    public double Start { get; set; }

    public double End { get; set; } = 1;

    /// <summary>First N components; null for all.</summary>
    public int? Components { get; set; }

    /// <summary>Short name; empty for the model's own.</summary>
    public string Scheduler { get; set; } = "";

    public ulong Seed { get; set; } = 1;

    /// <summary>Whether every job has another seed.</summary>
    public bool IsSeedNew { get; set; }

    public int Count { get; set; } = 1;

    /// <summary>In pixels; null for the reference's proportions at the model's native size.</summary>
    public int? Width { get; set; }

    public int? Height { get; set; }

    /// <summary>Whether the reference is begun from, too (img2img), with <see cref="Strength"/>.</summary>
    public bool IsBegunFromReference { get; set; }

    public double Strength { get; set; } = 0.8;

    /// <summary>Name of the adapter; null for the model's own.</summary>
    public string? Adapter { get; set; }

    /// <summary>How many of the settings that seldom matter are not as they are at first.</summary>
    public int Turned
    {
        get
        {
            bool[] turned =
            [
                Scheduler.Length > 0,
                Eta > 0,
                GuidanceStart > 0 || GuidanceEnd < 1,
                LayoutGuidance != 1,
                Start > 0 || End < 1,
                CacheInterval > 1,
                IsDecodedInTiles,
                Width is not null || Height is not null,
                IsBegunFromReference,
            ];
            return turned.Count(one => one);
        }
    }

    /// <summary>What the API would be asked.</summary>
    public GenerationBody ToBody(string? reference, string? layout) =>
        new()
        {
            Prompt = Prompt.Trim(),
            NegativePrompt = NegativePrompt.Trim(),
            Reference = reference,
            Layout = layout,
            Adapter = Adapter,
            Initial = IsBegunFromReference ? reference : null,
            Strength = IsBegunFromReference && reference is not null ? Strength : null,
            NumInferenceSteps = Steps,
            Scheduler = Scheduler,
            GuidanceScale = Guidance,
            GuidanceStart = GuidanceStart,
            GuidanceEnd = GuidanceEnd,
            LayoutGuidanceScale = LayoutGuidance,
            CacheInterval = CacheInterval,
            VaeTiling = IsDecodedInTiles,
            Eta = Eta,
            ControlnetConditioningScale = Conditioning,
            ControlGuidanceStart = Start,
            ControlGuidanceEnd = End,
            Components = layout is null && reference is null ? null : Components,
            Width = Width,
            Height = Height,
            Seed = Seed,
            NumImagesPerPrompt = Count,
        };

    /// <summary>Turns the dials to what a picture or a job was made with.</summary>
    public void Take(string prompt, GenerationOptions options)
    {
        Prompt = prompt;
        NegativePrompt = options.NegativePrompt;
        Steps = options.NumInferenceSteps;
        Guidance = options.GuidanceScale;
        (GuidanceStart, GuidanceEnd) = (options.GuidanceStart, options.GuidanceEnd);
        (LayoutGuidance, CacheInterval) = (options.LayoutGuidanceScale, options.CacheInterval);
        (IsDecodedInTiles, Eta) = (options.VaeTiling, options.Eta);
        Conditioning = options.ConditioningScale;
        (Start, End) = (options.ControlGuidanceStart, options.ControlGuidanceEnd);
        Components = options.Components;
        Scheduler = options.Scheduler ?? "";
        (Seed, IsSeedNew) = (options.Seed, false);
        IsBegunFromReference = options.Strength < 1;
        if (options.Strength < 1)
            Strength = options.Strength;
    }

    /// <summary>As JSON, for a preset: everything but prompts and the size.</summary>
    public string ToPreset()
    {
        var options = ToBody("", "").ToOptions() with { Width = null, Height = null, NegativePrompt = "", Strength = 1 };
        return JsonSerializer.Serialize(options, JobRequest.Json);
    }

    /// <summary>Turns the dials to a preset; prompts stay.</summary>
    /// <exception cref="LumenException">It is none.</exception>
    public void TakePreset(string settings)
    {
        var options = JsonFile.Parse(settings, "The preset").As<GenerationOptions>(JobRequest.Json);
        var (negative, count) = (NegativePrompt, options.Count);
        Take(Prompt, options);
        (NegativePrompt, Count) = (negative, count);
    }

    /// <summary>The settings in the words of people.</summary>
    /// <param name="record">As it stands in a picture.</param>
    public static IReadOnlyList<(string Name, string Value)> Describe(JsonObject record)
    {
        var rows = new List<(string, string)>();
        Add("Negative prompt", "negative_prompt");
        Add("Seed", "picture_seed");
        Add("Steps", "num_inference_steps");
        Add("Sampler", "scheduler");
        Add("Guidance", "guidance_scale");
        Add("Guided from", "guidance_start");
        Add("Guided to", "guidance_end");
        Add("Layout guidance", "layout_guidance_scale");
        if (record["cache_interval"] is { } interval)
            rows.Add(("Whole network", $"in 1 of {interval} steps"));
        if (record["vae_tiling"]?.ToString() == "true")
            rows.Add(("Decoded", "in tiles"));
        Add("Layout weight", "controlnet_conditioning_scale");
        if (record["components"] is { } used && record["basis_components"] is { } all)
            rows.Add(("Components", $"{used} of {all}"));
        Add("Layout from", "control_guidance_start");
        Add("Layout to", "control_guidance_end");
        Add("Strength", "strength");
        if (record["width"] is { } width && record["height"] is { } height)
            rows.Add(("Size", $"{width} × {height}"));
        if (record["model"]?["name"] is { } model)
            rows.Add(("Model", model.ToString()));
        if (record["adapter"]?["name"] is { } adapter)
            rows.Add(("Adapter", adapter.ToString()));
        if (record["layout_agreement"] is { } agreement)
            rows.Add(("Agreement", agreement.ToString()));
        if (Obedience(record) is { } obedience)
            rows.Add(("Obedience", obedience));
        return rows;

        void Add(string name, string key)
        {
            if (record[key]?.ToString() is { Length: > 0 } value)
                rows.Add((name, value));
        }
    }

    /// <summary>
    /// How far a picture shows what its prompt asks for, in words: the least share, the phrases that were looked for, and what is seen
    /// instead.
    /// </summary>
    /// <param name="record">As it stands in a picture.</param>
    /// <returns>Null where that was not measured.</returns>
    public static string? Obedience(JsonObject record)
    {
        if (record["obedience"] is not JsonObject || GenerationRecord.Parse(record.ToJsonString(), "The record").Obedience is not { } found)
            return null;
        var groups = found.Groups.Select(group => group.Seen == group.Phrase ? group.Phrase : $"{group.Phrase}: looks {group.Seen}");
        return $"{Shown(found.Score)} ({string.Join("; ", groups)})";
    }

    /// <summary>A number as dials show it.</summary>
    public static string Shown(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
