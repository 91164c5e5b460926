using TorchSharp.Utils;

namespace Lumen.Core.Checkpoints;

/// <summary>The name a module or parameter has in the original checkpoint; the field keeps an idiomatic name.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class StateKeyAttribute : ComponentNameAttribute
{
    public StateKeyAttribute(string key) => Name = key;
}
