using System.Diagnostics;
using System.Text.Json;
using Lumen.Generation;
using Lumen.Imaging;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lumen.Extensions.AI;

/// <summary>
/// Lumen as Microsoft.Extensions.AI sees image generators. A request's original image gives the layout (or what else the adapter takes);
/// without an adapter it is the picture to begin from.
/// </summary>
/// <remarks>
/// Count and size are taken from the options; <see cref="ImageGenerationOptions.AdditionalProperties"/> may hold any entry of
/// <see cref="GenerationOptions"/> under its name in diffusers: <c>seed</c>, <c>num_inference_steps</c>, <c>guidance_scale</c>,
/// <c>strength</c> and so on; <see cref="ImageGenerationOptions.RawRepresentationFactory"/> may give a whole
/// <see cref="GenerationOptions"/>. Results are PNG files with their metadata; the response's raw representation is a list of
/// <see cref="GeneratedPicture"/>.
/// </remarks>
public sealed partial class LumenImageGenerator : IImageGenerator
{
    private const string Png = "image/png";
    private readonly Func<CancellationToken, Task<LumenPipeline>> _open;
    private readonly GenerationOptions _defaults;
    private readonly ILogger _logger;
    private readonly object _source;

    /// <summary>Over an opened model.</summary>
    /// <param name="pipeline">It stays the caller's.</param>
    /// <param name="defaults">What requests have that do not say otherwise.</param>
    /// <param name="logger">Where requests are logged.</param>
    public LumenImageGenerator(LumenPipeline pipeline, GenerationOptions? defaults = null, ILogger<LumenImageGenerator>? logger = null)
        : this(pipeline, _ => Task.FromResult(pipeline), defaults ?? new(), logger ?? NullLogger<LumenImageGenerator>.Instance) { }

    /// <summary>Over the model of a program.</summary>
    /// <param name="service">It stays the caller's.</param>
    /// <param name="logger">Where requests are logged.</param>
    public LumenImageGenerator(LumenService service, ILogger<LumenImageGenerator> logger)
        : this(service, service.OpenAsync, service.Generation, logger) { }

    private LumenImageGenerator(
        object source,
        Func<CancellationToken, Task<LumenPipeline>> open,
        GenerationOptions defaults,
        ILogger logger
    ) => (_source, _open, _defaults, _logger) = (source, open, defaults, logger);

    /// <inheritdoc/>
    /// <exception cref="LumenException">The request or an option cannot be used, or the model cannot be opened.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was signalled.</exception>
    public async Task<ImageGenerationResponse> GenerateAsync(
        ImageGenerationRequest request,
        ImageGenerationOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        RequireAnswerable(options);
        var wanted = OptionsOf(options);
        var original = OriginalOf(request);
        var lumen = await _open(cancellationToken).ConfigureAwait(false);
        var asked = new LumenRequest(request.Prompt ?? "")
        {
            Reference = lumen.Steering == LumenSteering.None ? null : original,
            Initial = lumen.Steering == LumenSteering.None ? original : null,
        };
        var began = Stopwatch.GetTimestamp();
        var pictures = new List<GeneratedPicture>(wanted.Count);
        try
        {
            await foreach (var picture in lumen.GenerateAsync(asked, wanted, stop: cancellationToken).ConfigureAwait(false))
                pictures.Add(picture);
        }
        catch (OperationCanceledException)
        {
            Stopped(_logger, pictures.Count, wanted.Count);
            throw;
        }
        Generated(_logger, pictures.Count, lumen.Model, Stopwatch.GetElapsedTime(began).TotalSeconds);
        return new ImageGenerationResponse([.. pictures.Select(Content)]) { RawRepresentation = pictures };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(_source) ? _source
        : serviceType == typeof(ImageGeneratorMetadata)
            ? new ImageGeneratorMetadata("lumen", defaultModelId: (_source as LumenPipeline)?.Model)
        : null;

    /// <summary>Does nothing: the model stays its owner's.</summary>
    public void Dispose() { }

    private static AIContent Content(GeneratedPicture picture) =>
        new DataContent(picture.ToPng(), Png) { Name = FormattableString.Invariant($"{picture.Index}.png") };

    private static void RequireAnswerable(ImageGenerationOptions? options)
    {
        if (options?.MediaType is { } media && !media.Equals(Png, StringComparison.OrdinalIgnoreCase))
            throw new LumenException(LumenErrorKind.Option, $"`MediaType` must be {Png}, in which metadata are kept, but is {media}.");
        if (options?.ResponseFormat is { } format and not ImageGenerationResponseFormat.Data)
            throw new LumenException(
                LumenErrorKind.Option,
                $"`ResponseFormat` must be Data but is {format}: pictures are not put anywhere."
            );
    }

    private static Picture? OriginalOf(ImageGenerationRequest request)
    {
        AIContent[] given = [.. request.OriginalImages ?? []];
        return given switch
        {
            [] => null,
            [DataContent data] => Picture.Decode(data.Data.ToArray(), data.Name ?? "The original image"),
            [_] => throw new LumenException(
                LumenErrorKind.Option,
                $"`OriginalImages` must hold the bytes of a picture (DataContent) but holds {given[0].GetType().Name}: nothing is "
                    + "downloaded."
            ),
            _ => throw new LumenException(
                LumenErrorKind.Option,
                $"`OriginalImages` must hold one picture at most but holds {given.Length}."
            ),
        };
    }

    private GenerationOptions OptionsOf(ImageGenerationOptions? given)
    {
        var options = given?.RawRepresentationFactory?.Invoke(this) as GenerationOptions ?? _defaults;
        if (given is null)
            return options;
        options = options with
        {
            Count = given.Count ?? options.Count,
            Width = given.ImageSize?.Width ?? options.Width,
            Height = given.ImageSize?.Height ?? options.Height,
        };
        if (given.AdditionalProperties is not { Count: > 0 } more)
            return options;
        var json = JsonSerializer.SerializeToNode(options)!.AsObject();
        foreach (var (name, value) in more)
            if (json.ContainsKey(name)) // others are somebody else's
                json[name] = JsonSerializer.SerializeToNode(value);
        try
        {
            return json.Deserialize<GenerationOptions>()!;
        }
        catch (JsonException fault)
        {
            throw new LumenException(
                LumenErrorKind.Option,
                $"`AdditionalProperties` hold an entry of the wrong kind: {fault.Message}",
                fault
            );
        }
    }

    [LoggerMessage(2, LogLevel.Information, "Generated {Count} pictures with {Model} in {Seconds:0.0} s")]
    private static partial void Generated(ILogger logger, int count, string model, double seconds);

    [LoggerMessage(3, LogLevel.Information, "Stopped after {Done} of {Count} pictures")]
    private static partial void Stopped(ILogger logger, int done, int count);
}
