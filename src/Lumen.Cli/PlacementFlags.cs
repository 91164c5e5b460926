using System.CommandLine;
using Lumen.Core.Tensors;

namespace Lumen.Cli;

/// <summary>The options of every verb that computes: on which device, and in which type.</summary>
internal sealed class PlacementFlags
{
    private readonly Option<string?> _device = Flag.Text(
        "--device",
        "cpu|cuda|cuda:N|mps|auto",
        "Where to compute; lumen doctor says what there is. Default: cpu."
    );
    private readonly Option<string?> _dtype = Flag.Choice(
        "--dtype",
        Placement.ComputeTypes,
        "Compute type. Default: auto, the faster one on the device."
    );
    private readonly Option<string?> _precision = Flag.Choice(
        "--mixed-precision",
        ["no", "bf16"],
        "Compute type; master weights are always float32. Default: bf16 where the device has it."
    );
    private readonly bool _trains;

    private PlacementFlags(bool trains) => _trains = trains;

    /// <summary>Adds the options to a command.</summary>
    public static PlacementFlags AddTo(Command command) => new PlacementFlags(trains: false).In(command);

    /// <summary>The same under the names of diffusers' training scripts.</summary>
    public static PlacementFlags AddToTraining(Command command) => new PlacementFlags(trains: true).In(command);

    /// <summary>The device that was given; null where none was, or the usual one.</summary>
    public string? Device(ParseResult parsed) => parsed.GetValue(_device) is { } name and not "cpu" ? name : null;

    /// <summary>Whether a device was named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_device) is not null;

    /// <summary>What was given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="compute">The type where none was given, such as the one that a picture was made with; null for the faster one.</param>
    /// <param name="device">The device where none was given, such as a recipe's; null for cpu.</param>
    /// <exception cref="LumenException">There is no such device.</exception>
    public Placement Of(ParseResult parsed, string? compute = null, string? device = null) =>
        Placement.Parse(JobLaunch.Here().DeviceOf(parsed.GetValue(_device) ?? device), Type(parsed) ?? compute);

    /// <summary>What was given, for a pipeline.</summary>
    public LumenOptions OfPipeline(ParseResult parsed) => new() { Device = parsed.GetValue(_device), Dtype = Type(parsed) };

    private string? Type(ParseResult parsed) =>
        !_trains
            ? parsed.GetValue(_dtype)
            : parsed.GetValue(_precision) switch
            {
                "no" => "float32",
                "bf16" => "bfloat16",
                _ => null,
            };

    private PlacementFlags In(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_trains ? _precision : _dtype);
        return this;
    }
}
